import { PandaError } from '../errors/index.js';
import { keyHex, spanHolds, type Key, type Span } from '../keys/index.js';
import type { OwnedRangeRow } from '../rows/index.js';
import type { RangeRoute } from './shard.js';

/** The ranges that a shard owns, and the check that every request names them at their epoch. */
export class OwnedRanges {
  readonly #shard: string;
  readonly #byId = new Map<string, OwnedRangeRow>();

  constructor(shard: string, ranges: readonly OwnedRangeRow[]) {
    this.#shard = shard;
    for (const range of ranges) this.#byId.set(range.id, range);
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Refuses with `RangeMoved` unless each route is owned at its epoch, and every key and span lies in one of them. */
  check(routes: readonly RangeRoute[], keys: readonly Key[], spans: readonly Span[] = []): void {
    let hit = this.#owned(routes[0]);
    for (const key of keys) if (!spanHolds(hit, key)) hit = this.#holding(routes, key);
    for (const span of spans) this.#checkSpan(routes, span);
    for (let at = 1; at < routes.length; at++) this.#owned(routes[at]);
  }

  #owned(route: RangeRoute | undefined): OwnedRangeRow {
    const range = route === undefined ? undefined : this.#byId.get(route.id);
    if (range?.epoch !== route?.epoch || range === undefined) {
      throw new PandaError('RangeMoved', 'The shard does not serve the range at that epoch', {
        shard: this.#shard,
        ...(route === undefined ? {} : { range: route.id }),
      });
    }
    return range;
  }

  #holding(routes: readonly RangeRoute[], key: Key): OwnedRangeRow {
    for (const route of routes) {
      const range = this.#owned(route);
      if (spanHolds(range, key)) return range;
    }
    throw new PandaError('RangeMoved', 'The key lies in none of the ranges named', { shard: this.#shard, key: keyHex(key) });
  }

  /** A span may reach over several of the named ranges when they are neighbours. */
  #checkSpan(routes: readonly RangeRoute[], span: Span): void {
    let from = span.start;
    for (;;) {
      const range = this.#holding(routes, from);
      if (range.end === undefined || (span.end !== undefined && span.end <= range.end)) return;
      from = range.end;
    }
  }
}
