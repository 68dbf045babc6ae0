import type { Timestamp } from '../clock/index.js';
import { spanHolds, type Key, type Span } from '../keys/index.js';

/**
 * The keys that were written lately, in the order in which they joined groups, so that validation needs no look at the rows. It
 * knows everything above its floor; a transaction that read below the floor is checked against the rows instead.
 *
 * A ring of (key, commit timestamp, stamp). The stamp is the leader's clock when the entry was added and never falls from
 * entry to entry; a cross-shard commit's timestamp may lie below stamps already there, but never above its own. Positions
 * count the entries ever added; who looks at the engine takes the position first, and asks here afterwards what came since.
 */
export class RecentCommits {
  readonly #capacity: number;
  readonly #keys: Key[] = [];
  readonly #timestamps: Timestamp[] = [];
  readonly #stamps: Timestamp[] = [];
  readonly #latest = new Map<Key, number>();
  #position = 0;
  #floor: Timestamp;

  constructor(capacity: number, floor: Timestamp) {
    this.#capacity = capacity;
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
  add(key: Key, timestamp: Timestamp, stamp: Timestamp): number {
    const at = this.#position % this.#capacity;
    if (this.#position >= this.#capacity) {
      const old = this.#keys[at]!;
      if (this.#latest.get(old) === this.#position - this.#capacity) this.#latest.delete(old);
      this.#floor = this.#stamps[at]!;
    }
    this.#keys[at] = key;
    this.#timestamps[at] = timestamp;
    this.#stamps[at] = stamp;
    this.#latest.set(key, this.#position);
    return this.#position++;
  }

  /** Takes back entries whose groups were given up: nothing of them is in the engine. */
  retract(positions: readonly number[]): void {
    if (positions.length === 0) return;
    const oldest = Math.max(0, this.#position - this.#capacity);
    for (const position of positions) if (position >= oldest) this.#timestamps[position % this.#capacity] = 0;
    this.#latest.clear();
    for (let position = oldest; position < this.#position; position++) {
      const at = position % this.#capacity;
      if (this.#timestamps[at] !== 0) this.#latest.set(this.#keys[at]!, position);
    }
  }

  /** The timestamp of the key's last commit above the floor; 0 when it has had none. */
  lastCommit(key: Key): Timestamp {
    const position = this.#latest.get(key);
    return position === undefined ? 0 : this.#timestamps[position % this.#capacity]!;
  }

  /**
   * A key of the span that was committed after `since`. Only asked at or above the floor. Costs a step per entry since then.
   */
  changedSince(span: Span, since: Timestamp): Key | undefined {
    const oldest = Math.max(0, this.#position - this.#capacity);
    for (let position = this.#position - 1; position >= oldest; position--) {
      const at = position % this.#capacity;
      if (this.#stamps[at]! <= since) return undefined;
      if (this.#timestamps[at]! > since && spanHolds(span, this.#keys[at]!)) return this.#keys[at];
    }
    return undefined;
  }

  /** False when what was added since a position is no longer all known. */
  reaches(position: number): boolean {
    return this.#position - position <= this.#capacity;
  }

  /** Whether the key was written since a position that is reached. */
  keyAddedSince(key: Key, position: number): boolean {
    return (this.#latest.get(key) ?? -1) >= position;
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
    for (const [key, position] of this.#latest) {
      const timestamp = this.#timestamps[position % this.#capacity]!;
      if (timestamp > latest && spanHolds(span, key)) latest = timestamp;
    }
    return latest;
  }
}
