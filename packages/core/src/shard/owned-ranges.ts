import { PandaError } from '../errors/index.js';
import { keyHex, spanHolds, spansOverlap, spanWithout, type Key, type Span } from '../keys/index.js';
import type { OwnedRangeRow, RangeChange } from '../rows/index.js';
import { BTree } from './btree.js';
import type { PreparedTransaction } from './prepared-transaction.js';
import type { RangeRoute } from './shard.js';

/** What a shard owns now and did not before, and the other way round. */
export interface OwnershipChange {
  readonly gained: readonly Span[];
  readonly left: readonly Span[];
}

/**
 * The ranges that a shard owns, and the check that every request names them at their epoch. A range that a prepared transaction
 * changes is neither served as it was nor as it will be: who names it waits for the outcome.
 */
export class OwnedRanges {
  readonly #shard: string;
  readonly #byId = new Map<string, OwnedRangeRow>();
  readonly #byStart = new BTree<Key, OwnedRangeRow>(undefined, compareKeys);
  /** By the ids that it drops and those that it puts: the prepared transaction that changes a range. */
  readonly #changing = new Map<string, PreparedTransaction>();

  constructor(shard: string, ranges: readonly OwnedRangeRow[]) {
    this.#shard = shard;
    for (const range of ranges) this.#add(range);
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Resolves when it is worth looking again; undefined when none of the ranges is about to change. */
  obstacle(routes: readonly RangeRoute[]): Promise<void> | undefined {
    if (this.#changing.size === 0) return undefined;
    for (const { id } of routes) {
      const holder = this.#changing.get(id);
      if (holder !== undefined) return holder.changed;
    }
    return undefined;
  }

  /** Refuses with `RangeMoved` unless each route is owned at its epoch, and every key and span lies in one of them. */
  check(routes: readonly RangeRoute[], keys: readonly Key[], spans: readonly Span[] = []): void {
    let hit = this.#owned(routes[0]);
    for (const key of keys) if (!spanHolds(hit, key)) hit = this.#holding(routes, key);
    for (const span of spans) this.#checkSpan(routes, span);
    for (let at = 1; at < routes.length; at++) this.#owned(routes[at]);
  }

  /** Whether each route is still owned at its epoch. */
  stillOwns(routes: readonly RangeRoute[]): boolean {
    for (const { id, epoch } of routes) if (this.#byId.get(id)?.epoch !== epoch) return false;
    return true;
  }

  /** Throws when the change cannot be made: `RangeMoved` for a range that is another now, `Conflict` for one that is changing. */
  checkChange({ drop, put }: RangeChange): void {
    for (const route of drop) this.#owned(route);
    for (const { id } of [...drop, ...put]) if (this.#changing.has(id)) throw this.#isChanging(id);
    const dropped = new Set(drop.map(({ id }) => id));
    for (const range of put) {
      const other = this.overlapping(range).find(({ id }) => !dropped.has(id));
      if (other === undefined) continue;
      throw new PandaError('RangeMoved', 'The shard owns a part of the range already', { shard: this.#shard, range: other.id });
    }
    for (const { row } of new Set(this.#changing.values())) {
      const taken = row.rangeChange?.put.find((theirs) => put.some((mine) => spansOverlap(mine, theirs)));
      if (taken !== undefined) throw this.#isChanging(taken.id);
    }
  }

  /** What a change takes from the shard, and what it brings. */
  effectOf({ drop, put }: RangeChange): OwnershipChange {
    const dropped = drop.flatMap(({ id }) => this.#byId.get(id) ?? []);
    return {
      gained: put.flatMap((range) => spanWithout(range, dropped)),
      left: dropped.flatMap((range) => spanWithout(range, put)),
    };
  }

  /** Whether a prepared transaction is about to bring any of the span here. */
  isComing(span: Span): boolean {
    return [...this.#changing.values()].some(({ row }) => row.rangeChange?.put.some((range) => spansOverlap(range, span)));
  }

  /** From now on the ranges that the transaction changes wait for it. */
  hold(holder: PreparedTransaction): void {
    for (const id of idsOf(holder.row.rangeChange)) this.#changing.set(id, holder);
  }

  /** The transaction is gone, with its change or without. */
  release(holder: PreparedTransaction): void {
    for (const id of idsOf(holder.row.rangeChange)) this.#changing.delete(id);
    holder.notify();
  }

  /** The change is in the engine. */
  apply(change: RangeChange): OwnershipChange {
    const effect = this.effectOf(change);
    for (const { id } of change.drop) this.#remove(id);
    for (const range of change.put) this.#add(range);
    return effect;
  }

  get(id: string): OwnedRangeRow | undefined {
    return this.#byId.get(id);
  }

  #add(range: OwnedRangeRow): void {
    this.#byId.set(range.id, range);
    this.#byStart.set(range.start, range);
  }

  #remove(id: string): void {
    const range = this.#byId.get(id);
    if (range === undefined) return;
    this.#byId.delete(id);
    this.#byStart.delete(range.start);
  }

  /** What is owned of a span. */
  overlapping(span: Span): OwnedRangeRow[] {
    const found: OwnedRangeRow[] = [];
    const first = this.#byStart.getPairOrNextLower(span.start)?.[0] ?? span.start;
    for (const [start, range] of this.#byStart.entries(first)) {
      if (span.end !== undefined && start >= span.end) break;
      if (spansOverlap(range, span)) found.push(range);
    }
    return found;
  }

  #isChanging(range: string): PandaError {
    return new PandaError('Conflict', 'Another transaction is about to change the range', { shard: this.#shard, range });
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

function compareKeys(one: Key, other: Key): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function idsOf(change: RangeChange | undefined): Set<string> {
  return new Set([...(change?.drop ?? []), ...(change?.put ?? [])].map(({ id }) => id));
}
