import { PandaError } from '../errors/index.js';
import { keyAfter, spanIntersection, spanIsEmpty, type Key, type Span } from '../keys/index.js';
import type { RangeRoute, Shard } from '../shard/index.js';
import { Catalog } from './catalog.js';
import { KeyIndex } from './key-index.js';
import type { RangeDescriptor } from './range-descriptor.js';

/** Where a range is served. */
export interface Route {
  readonly range: RangeDescriptor;
  readonly shard: Shard;
  /** What a request names it by. */
  readonly routes: readonly [RangeRoute];
}

/** Where the router finds what has changed. */
export interface CatalogSource {
  /** The ranges that hold any key of a span, in key order, as the catalog has them now. */
  load(span: Span): Promise<readonly RangeDescriptor[]>;
  /** Resolves when it is worth looking again, where the last look has shown nothing new. */
  pause(attempt: number): Promise<void>;
}

/** How often a piece is looked up in the catalog before the caller is told that it moves. */
const HEALINGS_MAX = 30;

/** Finds the shard for a key or a span: a cache of the catalog, which looks again where a shard has answered `RangeMoved`. */
export class Router {
  readonly #shardOf: (id: string) => Shard;
  readonly #source: CatalogSource | undefined;
  readonly #index: KeyIndex<Route>;
  /** Look-ups in the catalog that are under way, by their span. */
  readonly #loading = new Map<string, Promise<boolean>>();
  #looks = 0;
  /** The latest look whose answer was taken over. */
  #lastLook = 0;

  /** @param source without it the catalog stays as it is. */
  constructor(catalog: Catalog, shardOf: (id: string) => Shard, source?: CatalogSource) {
    this.#shardOf = shardOf;
    this.#source = source;
    this.#index = new KeyIndex(
      catalog.ranges.map((range) => this.#route(range)),
      ({ range }) => range.start,
    );
  }

  get ranges(): RangeDescriptor[] {
    return Array.from(this.#index.from(''), ({ range }) => range);
  }

  shard(id: string): Shard {
    return this.#shardOf(id);
  }

  find(key: Key): Route {
    return this.#index.find(key);
  }

  /** The pieces of a span by the ranges that hold them, in key order. */
  pieces(span: Span): { route: Route; span: Span }[] {
    const pieces: { route: Route; span: Span }[] = [];
    for (const route of this.#index.from(span.start)) {
      if (span.end !== undefined && route.range.start >= span.end && pieces.length > 0) break;
      pieces.push({ route, span: spanIntersection(span, route.range) });
    }
    return pieces;
  }

  /** The first of the pieces of a span that is not empty, or the last. */
  piece(span: Span, last: boolean): { route: Route; span: Span } {
    const route = last ? this.#index.before(span.end) : this.find(span.start);
    return { route, span: spanIntersection(span, route.range) };
  }

  /**
   * Looks up in the catalog who serves a span, after a shard has refused; throws the refusal if it is none that says so, or has said
   * so too often.
   *
   * @param attempt the number of refusals so far.
   */
  heal(error: unknown, span: Span, attempt: number): Promise<void> {
    return this.healAll(error, [span], attempt);
  }

  /** The same after a key was refused. */
  healKey(error: unknown, key: Key, attempt: number): Promise<void> {
    return this.heal(error, { start: key, end: keyAfter(key) }, attempt);
  }

  /** The same for several spans. */
  async healAll(error: unknown, spans: Iterable<Span>, attempt: number): Promise<void> {
    if (this.#source === undefined || !PandaError.is(error, 'RangeMoved') || attempt > HEALINGS_MAX) throw error;
    const news = await Promise.all([...spans].map((span) => this.#sharedRefresh(span)));
    if (!news.includes(true)) await this.#source.pause(attempt);
  }

  /** The same by a look that may have begun before: who was refused by it is refused again, and looks again. */
  async #sharedRefresh(span: Span): Promise<boolean> {
    const name = `${span.start}\n${span.end ?? ''}`;
    let loading = this.#loading.get(name);
    if (loading === undefined) {
      loading = this.refresh(span).finally(() => this.#loading.delete(name));
      this.#loading.set(name, loading);
    }
    return await loading;
  }

  /** The same after a change that is made: where the catalog cannot be read now, the router learns of it by the next refusal. */
  async refreshIfPossible(span: Span): Promise<void> {
    try {
      await this.refresh(span);
    } catch (error) {
      if (!PandaError.is(error) || error.code === 'Corruption') throw error;
    }
  }

  /** Takes over what the catalog says of a span by now. Answers whether that was new. */
  async refresh(span: Span): Promise<boolean> {
    if (this.#source === undefined || spanIsEmpty(span)) return false;
    for (let wanted = span; ;) {
      const look = ++this.#looks;
      const ranges = await this.#source.load(wanted);
      // Another look, which began later, was quicker, and may know better.
      if (look < this.#lastLook) continue;
      this.#lastLook = look;
      const found: Span = { start: ranges[0]!.start, end: ranges.at(-1)!.end };
      const known = this.pieces(found).map(({ route }) => route.range);
      // What is known may reach further: then all of that is looked up.
      const reach: Span = { start: known[0]!.start, end: known.at(-1)!.end };
      if (reach.start === found.start && reach.end === found.end) return this.#replace(found, known, ranges);
      wanted = reach;
    }
  }

  #replace(span: Span, known: readonly RangeDescriptor[], ranges: readonly RangeDescriptor[]): boolean {
    if (known.length === ranges.length && known.every((range, at) => isSame(range, ranges[at]!))) return false;
    Catalog.check(ranges, span);
    this.#index.replace(
      span.start,
      span.end,
      ranges.map((range) => this.#route(range)),
    );
    return true;
  }

  #route(range: RangeDescriptor): Route {
    return { range, shard: this.#shardOf(range.shard), routes: [range] };
  }
}

function isSame(a: RangeDescriptor, b: RangeDescriptor): boolean {
  return a.id === b.id && a.epoch === b.epoch && a.shard === b.shard && a.start === b.start;
}
