import type { Route, Router } from '../catalog/index.js';
import type { Timestamp } from '../clock/index.js';
import { isPromise, type Entry, type MaybePromise } from '../engine/index.js';
import { spanIsEmpty, type Key, type Span } from '../keys/index.js';
import type { Version } from '../shard/index.js';

/**
 * How much one page of a scan asks of a shard. A scan whose limit fits a page is one page. Any other begins with little, so that the
 * first rows are there soon, and asks for twice as much each time.
 */
const FIRST_PAGE_ROWS = 256;
const PAGE_ROWS = 1_024;
const PAGE_BYTES = 1024 * 1024;

export interface Page {
  readonly entries: readonly Entry[];
  /** The piece of the span that the page answers for. */
  readonly covered: Span;
}

/** A page, and what is left of the span after it. */
interface PageBefore {
  readonly page: Page;
  readonly rest: Span | undefined;
}

/** Reads the database as it was at one timestamp, over all shards. */
export class Reader {
  readonly #router: Router;
  #timestamp: Timestamp;
  #isUsed = false;

  constructor(router: Router, timestamp: Timestamp) {
    this.#router = router;
    this.#timestamp = timestamp;
  }

  get timestamp(): Timestamp {
    return this.#timestamp;
  }

  /** From now on it reads at a later moment, unless it was used before. Answers whether it does. */
  renew(timestamp: Timestamp): boolean {
    if (!this.#isUsed) this.#timestamp = timestamp;
    return !this.#isUsed;
  }

  /** The moment is not to change any more. */
  use(): void {
    this.#isUsed = true;
  }

  get(key: Key): MaybePromise<Version> {
    this.#isUsed = true;
    const { shard, routes } = this.#router.find(key);
    try {
      const read = shard.read({ routes, keys: [key], timestamp: this.#timestamp });
      return isPromise(read) ? read.then(first, (error: unknown) => this.#getAgain(error, key, 1)) : first(read);
    } catch (error) {
      return this.#getAgain(error, key, 1);
    }
  }

  /** After a refusal: where the key is served has changed, unless something else is wrong. */
  async #getAgain(refusal: unknown, key: Key, attempt: number): Promise<Version> {
    await this.#router.healKey(refusal, key, attempt);
    const { shard, routes } = this.#router.find(key);
    try {
      return first(await shard.read({ routes, keys: [key], timestamp: this.#timestamp }));
    } catch (error) {
      return await this.#getAgain(error, key, attempt + 1);
    }
  }

  /** Versions in the order asked; one message a range, in parallel. */
  getMany(keys: readonly Key[]): Promise<Version[]> {
    this.#isUsed = true;
    return this.#getMany(keys, 1);
  }

  async #getMany(keys: readonly Key[], attempt: number): Promise<Version[]> {
    const byRoute = new Map<Route, number[]>();
    for (const [at, key] of keys.entries()) {
      const route = this.#router.find(key);
      const group = byRoute.get(route);
      if (group === undefined) byRoute.set(route, [at]);
      else group.push(at);
    }
    const versions = new Array<Version>(keys.length);
    const reads = [...byRoute].map(async ([route, positions]) => {
      const asked = positions.map((at) => keys[at]!);
      const found = await this.#readMany(route, asked, attempt);
      for (const [i, at] of positions.entries()) versions[at] = found[i]!;
    });
    await Promise.all(reads);
    return versions;
  }

  async #readMany(route: Route, keys: readonly Key[], attempt: number): Promise<readonly Version[]> {
    try {
      return await route.shard.read({ routes: route.routes, keys, timestamp: this.#timestamp });
    } catch (error) {
      await this.#router.heal(error, route.range, attempt);
      return await this.#getMany(keys, attempt + 1);
    }
  }

  /**
   * A span page by page. While one is taken the next is on its way, if it is sure to be asked for; `wanted` tells how many entries more
   * are worth fetching.
   */
  async *pages(span: Span, reverse: boolean, wanted: () => number): AsyncGenerator<Page, void, undefined> {
    this.#isUsed = true;
    let rows = wanted() <= PAGE_ROWS ? PAGE_ROWS : FIRST_PAGE_ROWS;
    const ask = (rest: Span, more: number): Promise<PageBefore> => this.#page(rest, reverse, Math.min(rows, more));
    let next = spanIsEmpty(span) ? undefined : ask(span, wanted());
    while (next !== undefined) {
      const { page, rest } = await next;
      rows = Math.min(2 * rows, PAGE_ROWS);
      const more = wanted() - page.entries.length;
      next = rest === undefined || more <= 0 ? undefined : ask(rest, more);
      // Whoever takes no more pages does not hear of it.
      next?.catch(() => undefined);
      yield page;
      if (rest !== undefined && wanted() > 0) next ??= ask(rest, wanted());
    }
  }

  /** One page from the start of a span, or from its end. */
  async #page(span: Span, reverse: boolean, limit: number): Promise<PageBefore> {
    for (let attempt = 1; ; attempt++) {
      const { route, span: asked } = this.#router.piece(span, reverse);
      const request = { routes: route.routes, span: asked, timestamp: this.#timestamp, limit, maxBytes: PAGE_BYTES, reverse };
      try {
        const { entries, rest } = await route.shard.scan(request);
        const covered = withoutRest(asked, rest, reverse);
        return { page: { entries, covered }, rest: restAfter(span, covered, reverse) };
      } catch (error) {
        await this.#router.heal(error, asked, attempt);
      }
    }
  }
}

function first(versions: readonly Version[]): Version {
  return versions[0]!;
}

function withoutRest(span: Span, rest: Span | undefined, reverse: boolean): Span {
  if (rest === undefined) return span;
  return reverse ? { start: rest.end!, end: span.end } : { start: span.start, end: rest.start };
}

function restAfter({ start, end }: Span, covered: Span, reverse: boolean): Span | undefined {
  if (!reverse && covered.end === undefined) return undefined;
  const rest = reverse ? { start, end: covered.start } : { start: covered.end!, end };
  return spanIsEmpty(rest) ? undefined : rest;
}
