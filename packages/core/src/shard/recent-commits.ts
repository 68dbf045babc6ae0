import type { Timestamp } from '../clock/index.js';
import { spanHolds, type Key, type Span } from '../keys/index.js';

/**
 * The keys that were written lately, in the order in which they joined groups, so that validation needs no look at the rows. It
 * knows everything above its floor; a transaction that read below the floor is checked against the rows instead.
 *
 * A ring of (key, commit timestamp, stamp, transaction). The stamp is the leader's clock when the entry was added and never falls from
 * entry to entry; a cross-shard commit's timestamp may lie below stamps already there, but never above its own. Positions
 * count the entries ever added; who looks at the engine takes the position first, and asks here afterwards what came since.
 */
export class RecentCommits {
  readonly #capacity: number;
  /** Entries of one generation. */
  readonly #generation: number;
  readonly #keys: Key[] = [];
  readonly #timestamps: Timestamp[] = [];
  readonly #stamps: Timestamp[] = [];
  readonly #transactions: string[] = [];
  /**
   * The last position of each key, in two generations of half the ring each: once the young one is full it becomes the old one,
   * which is forgotten whole. That is cheaper than to delete key after key.
   */
  #young = new Map<Key, number>();
  #old: ReadonlyMap<Key, number> = new Map();
  /** Where the old generation begins: all from here on is known. */
  #oldest = 0;
  #position = 0;
  #floor: Timestamp;

  constructor(capacity: number, floor: Timestamp) {
    this.#generation = Math.max(1, capacity >>> 1);
    this.#capacity = 2 * this.#generation;
    this.#floor = floor;
  }

  /** Everything committed above this is known here. */
  get floor(): Timestamp {
    return this.#floor;
  }

  get position(): number {
    return this.#position;
  }

  /** Answers the position of the entry, for {@link retract}. */
  add(key: Key, timestamp: Timestamp, stamp: Timestamp, transaction: string): number {
    if (this.#position - this.#oldest === this.#capacity) this.#forgetOld();
    const at = this.#position % this.#capacity;
    this.#keys[at] = key;
    this.#timestamps[at] = timestamp;
    this.#stamps[at] = stamp;
    this.#transactions[at] = transaction;
    if (this.#position - this.#oldest === this.#generation) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, this.#position);
    return this.#position++;
  }

  #forgetOld(): void {
    this.#oldest += this.#generation;
    this.#floor = this.#stamps[(this.#oldest - 1) % this.#capacity]!;
  }

  /** Forgets everything: what it knew is not all that was committed at or below `timestamp`, since keys came from another shard. */
  forget(timestamp: Timestamp): void {
    this.#oldest = this.#position;
    this.#young = new Map();
    this.#old = new Map();
    this.#floor = Math.max(this.#floor, timestamp);
  }

  #latest(key: Key): number | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  /** Takes back entries whose groups were given up: nothing of them is in the engine. */
  retract(positions: readonly number[]): void {
    if (positions.length === 0) return;
    for (const position of positions) if (position >= this.#oldest) this.#timestamps[position % this.#capacity] = 0;
    const border = this.#oldest + this.#generation;
    const isYoungOnly = this.#position <= border;
    this.#old = isYoungOnly ? new Map() : this.#indexOf(this.#oldest, border);
    this.#young = this.#indexOf(isYoungOnly ? this.#oldest : border, this.#position);
  }

  #indexOf(start: number, end: number): Map<Key, number> {
    const index = new Map<Key, number>();
    for (let position = start; position < end; position++) {
      const at = position % this.#capacity;
      if (this.#timestamps[at] !== 0) index.set(this.#keys[at]!, position);
    }
    return index;
  }

  /** The timestamp of the key's last commit above the floor; 0 when it has had none. */
  lastCommit(key: Key): Timestamp {
    const position = this.#latest(key);
    return position === undefined ? 0 : this.#timestamps[position % this.#capacity]!;
  }

  /** The attempt that made the key's last commit above the floor. */
  lastWriter(key: Key): string | undefined {
    const position = this.#latest(key);
    return position === undefined ? undefined : this.#transactions[position % this.#capacity];
  }

  /**
   * A key of the span that was committed after `since`. Only asked at or above the floor. Costs a step per entry since then.
   */
  changedSince(span: Span, since: Timestamp): Key | undefined {
    for (let position = this.#position - 1; position >= this.#oldest; position--) {
      const at = position % this.#capacity;
      if (this.#stamps[at]! <= since) return undefined;
      if (this.#timestamps[at]! > since && spanHolds(span, this.#keys[at]!)) return this.#keys[at];
    }
    return undefined;
  }

  /** False when what was added since a position is no longer all known. */
  reaches(position: number): boolean {
    return position >= this.#oldest;
  }

  /** Whether the key was written since a position that is reached. */
  keyAddedSince(key: Key, position: number): boolean {
    return (this.#latest(key) ?? -1) >= position;
  }

  /** Whether any key of the span was written since a position that is reached. */
  spanAddedSince(span: Span, since: number): boolean {
    for (let position = since; position < this.#position; position++) {
      if (spanHolds(span, this.#keys[position % this.#capacity]!)) return true;
    }
    return false;
  }

  /** The greatest commit timestamp of the span above the floor; 0 when there was none. */
  latestIn(span: Span): Timestamp {
    let latest = 0;
    for (let position = this.#oldest; position < this.#position; position++) {
      const at = position % this.#capacity;
      const timestamp = this.#timestamps[at]!;
      if (timestamp > latest && spanHolds(span, this.#keys[at]!)) latest = timestamp;
    }
    return latest;
  }
}
