import { spanIntersection, type Key, type Span } from '../keys/index.js';
import type { RangeRoute, Shard } from '../shard/index.js';
import type { Catalog } from './catalog.js';
import type { RangeDescriptor } from './range-descriptor.js';

/** Where a range is served. */
export interface Route {
  readonly range: RangeDescriptor;
  readonly shard: Shard;
  /** What a request names it by. */
  readonly routes: readonly [RangeRoute];
}

/** Finds the shard for a key or a span. */
export class Router {
  readonly #catalog: Catalog;
  readonly #routes: readonly Route[];

  constructor(catalog: Catalog, shardOf: (id: string) => Shard) {
    this.#catalog = catalog;
    this.#routes = catalog.ranges.map((range) => ({
      range,
      shard: shardOf(range.shard),
      routes: [{ id: range.id, epoch: range.epoch }],
    }));
  }

  get ranges(): readonly RangeDescriptor[] {
    return this.#catalog.ranges;
  }

  find(key: Key): Route {
    return this.#routes[this.#catalog.indexOf(key)]!;
  }

  /** The pieces of a span by the ranges that hold them, in key order. */
  pieces(span: Span): { route: Route; span: Span }[] {
    const pieces: { route: Route; span: Span }[] = [];
    for (let at = this.#catalog.indexOf(span.start); at < this.#routes.length; at++) {
      const route = this.#routes[at]!;
      if (span.end !== undefined && route.range.start >= span.end) break;
      pieces.push({ route, span: spanIntersection(span, route.range) });
    }
    return pieces;
  }
}
