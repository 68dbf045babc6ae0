import {
  GuardMismatch,
  restAfter,
  type EngineScanOptions,
  type EngineScanPage,
  type Entry,
  type KeyRange,
  type WriteBatch,
} from '@pandakv/core/engine';
import { ROW_SPACE } from '@pandakv/core/parts';
import { SortedRows } from './sorted-rows.js';

/** Rows that are collected in time: history and journal. */
const COLLECTED_SPACES: readonly string[] = [ROW_SPACE.history, ROW_SPACE.journal];

/** What a batch replaced, to be put back when it is lost. */
type Undo = readonly (readonly [key: string, before: Uint8Array | undefined])[];

function latin1(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('latin1');
}

/** How a store breaks its promises. */
export interface StoreOptions {
  /** Remembers how to undo what was synced, so that it can be lost. */
  readonly keepsSynced?: boolean;
  readonly ignoresGuards?: boolean;
}

/**
 * What a storage engine holds, beyond the life of any process. A batch that was applied is lost in a crash until it was synced; a
 * read syncs, as an engine shows nobody what it may lose.
 */
export class Store {
  readonly rows = new SortedRows();
  /** What was removed of the past: the checks go on to judge by it. */
  readonly #removed = new SortedRows();
  readonly #unsynced: { readonly id: number; readonly undo: Undo }[] = [];
  readonly #synced: Undo[] = [];
  #lastId = 0;
  #changes = 0;
  readonly #options: StoreOptions;

  constructor(options: StoreOptions = {}) {
    this.#options = options;
  }

  /** Grows whenever rows change. */
  get changes(): number {
    return this.#changes;
  }

  get(keys: readonly Uint8Array[]): (Uint8Array | undefined)[] {
    this.syncAll();
    return keys.map((key) => this.rows.get(latin1(key)));
  }

  scan(range: KeyRange, { limit, maxBytes, reverse = false }: EngineScanOptions): EngineScanPage {
    this.syncAll();
    const from = this.rows.lowerBound(latin1(range.start));
    const to = range.end === undefined ? this.rows.size : this.rows.lowerBound(latin1(range.end));
    const entries: Entry[] = [];
    let bytes = 0;
    for (let step = 0; step < to - from; step++) {
      if (entries.length === limit || (entries.length > 0 && bytes >= maxBytes)) {
        return { entries, rest: restAfter(entries[entries.length - 1]![0], range, reverse) };
      }
      const entry = this.rows.entryAt(reverse ? to - 1 - step : from + step)!;
      entries.push(entry);
      bytes += entry[0].length + entry[1].length;
    }
    return { entries };
  }

  /** All rows of a space of the past that there ever were, by key. */
  everHeld(start: string, end: string): (readonly [Uint8Array, Uint8Array])[] {
    const entries = new Map(
      [...this.#removed.entries(start, end), ...this.rows.entries(start, end)].map((entry) => [latin1(entry[0]), entry]),
    );
    return [...entries.keys()].sort().map((key) => entries.get(key)!);
  }

  /** Applies a batch, which is not durable yet; answers a number for {@link sync}. */
  apply({ guard, puts = [], deletes = [], deleteRanges = [] }: WriteBatch): number {
    const undo: [string, Uint8Array | undefined][] = [];
    const write = (key: string, value: Uint8Array | undefined): void => {
      const before = this.rows.get(key);
      undo.push([key, before]);
      if (value !== undefined) this.rows.set(key, value);
      else {
        this.rows.delete(key);
        if (before !== undefined && COLLECTED_SPACES.includes(key[0]!)) this.#removed.set(key, before);
      }
    };
    if (guard !== undefined) {
      const held = this.rows.get(latin1(guard.key));
      const holds = guard.expected === undefined ? held === undefined : held !== undefined && equal(held, guard.expected);
      if (!holds && this.#options.ignoresGuards !== true) throw new GuardMismatch();
    }
    for (const { start, end } of deleteRanges) {
      for (const key of this.rows.keys(latin1(start), end && latin1(end))) write(key, undefined);
    }
    for (const key of deletes) write(latin1(key), undefined);
    for (const [key, value] of puts) write(latin1(key), Buffer.from(value));
    if (guard !== undefined) write(latin1(guard.key), Buffer.from(guard.next));
    this.#changes++;
    this.#unsynced.push({ id: ++this.#lastId, undo });
    return this.#lastId;
  }

  /** Makes a batch durable, and all before it. False if it was lost in a crash. */
  sync(id: number): boolean {
    if (id > this.#lastId) return false;
    while (this.#unsynced.length > 0 && this.#unsynced[0]!.id <= id) this.#forget(this.#unsynced.shift()!.undo);
    return true;
  }

  syncAll(): void {
    while (this.#unsynced.length > 0) this.#forget(this.#unsynced.shift()!.undo);
  }

  /** Loses the last of what was not synced: `choose` says how many batches of so many. */
  crash(choose: (count: number) => number): number {
    const lost = choose(this.#unsynced.length);
    for (let left = lost; left > 0; left--) this.#revert(this.#unsynced.pop()!.undo);
    this.syncAll();
    return lost;
  }

  /** Breaks the promise: loses batches that were synced. */
  loseSynced(count: number): void {
    this.syncAll();
    for (let left = count; left > 0 && this.#synced.length > 0; left--) this.#revert(this.#synced.pop()!);
  }

  #forget(undo: Undo): void {
    if (this.#options.keepsSynced === true) this.#synced.push(undo);
  }

  #revert(undo: Undo): void {
    this.#changes++;
    for (const [key, before] of [...undo].reverse()) {
      if (before === undefined) this.rows.delete(key);
      else this.rows.set(key, before);
    }
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
