import type { Route, Router } from '../catalog/index.js';
import type { Timestamp } from '../clock/index.js';
import { chain, isPromise, type Entry, type MaybePromise } from '../engine/index.js';
import { spanIsEmpty, type Key, type Span } from '../keys/index.js';
import type { Version } from '../shard/index.js';

/** How much one page of a scan asks of a shard. */
const PAGE_ROWS = 1_024;
const PAGE_BYTES = 1024 * 1024;

export interface Page {
  readonly entries: readonly Entry[];
  /** The piece of the span that the page answers for. */
  readonly covered: Span;
}

/** Reads the database as it was at one timestamp, over all shards. */
export class Reader {
  readonly timestamp: Timestamp;
  readonly #router: Router;

  constructor(router: Router, timestamp: Timestamp) {
    this.#router = router;
    this.timestamp = timestamp;
  }

  get(key: Key): MaybePromise<Version> {
    const { shard, routes } = this.#router.find(key);
    return chain(shard.read({ routes, keys: [key], timestamp: this.timestamp }), (versions) => versions[0]!);
  }

  /** Versions in the order asked; one message a range, in parallel. */
  async getMany(keys: readonly Key[]): Promise<Version[]> {
    const byRoute = new Map<Route, number[]>();
    for (const [at, key] of keys.entries()) {
      const route = this.#router.find(key);
      const group = byRoute.get(route);
      if (group === undefined) byRoute.set(route, [at]);
      else group.push(at);
    }
    const versions = new Array<Version>(keys.length);
    const reads = [...byRoute].map(async ([{ shard, routes }, positions]) => {
      const request = { routes, keys: positions.map((at) => keys[at]!), timestamp: this.timestamp };
      const found = await shard.read(request);
      for (const [i, at] of positions.entries()) versions[at] = found[i]!;
    });
    await Promise.all(reads);
    return versions;
  }

  /**
   * A span page by page. The next page is asked for when the one before was taken; `wanted` tells how many entries more are
   * worth fetching.
   */
  async *pages(span: Span, reverse: boolean, wanted: () => number): AsyncGenerator<Page> {
    if (spanIsEmpty(span)) return;
    const pieces = this.#router.pieces(span);
    if (reverse) pieces.reverse();
    for (const { route, span: piece } of pieces) {
      let rest: Span | undefined = piece;
      while (rest !== undefined) {
        const asked: Span = rest;
        const answer = route.shard.scan({
          routes: route.routes,
          span: asked,
          timestamp: this.timestamp,
          limit: Math.min(PAGE_ROWS, wanted()),
          maxBytes: PAGE_BYTES,
          reverse,
        });
        const page = isPromise(answer) ? await answer : answer;
        rest = page.rest;
        yield { entries: page.entries, covered: withoutRest(asked, rest, reverse) };
      }
    }
  }
}

function withoutRest(span: Span, rest: Span | undefined, reverse: boolean): Span {
  if (rest === undefined) return span;
  return reverse ? { start: rest.end!, end: span.end } : { start: span.start, end: rest.start };
}
