import type { Timestamp } from '../clock/index.js';
import { keyHex, spanHolds, spansOverlap, type Key, type Span } from '../keys/index.js';
import { encodeConflictFloorRow, CONFLICT_FLOOR_ROW_KEY } from '../rows/index.js';
import type { Group } from './group.js';
import type { CommitRequest } from './shard.js';

/** How many spans are remembered; the older half is forgotten when there are more. */
const SPANS_MAX = 8_192;

interface WriteConflict {
  readonly span: Span;
  readonly timestamp: Timestamp;
  /** The leader's clock when it was added; never falls from one to the next. */
  readonly stamp: Timestamp;
  readonly transaction: string;
}

/** Where another transaction says that it wrote what this one read. */
export interface FoundConflict {
  readonly key: string | undefined;
  readonly transactionId: string | undefined;
}

type Reads = Pick<CommitRequest, 'readTimestamp' | 'readKeys' | 'readSpans'>;

/**
 * The write conflicts that transactions have added by hand: nothing was written there, so no row and no journal tells of them. The
 * latest are remembered here. Of the others only the latest timestamp is known, in memory and in a row of the engine: whoever read
 * anything before it may have read what they named, and has to read again (docs/protocol/commit.md).
 */
export class WriteConflicts {
  #conflicts: WriteConflict[] = [];
  /** At or below this, not all are remembered. */
  #floor: Timestamp;
  #latest: Timestamp;

  /** @param floor of the leader before: what the row says. */
  constructor(floor: Timestamp) {
    this.#floor = floor;
    this.#latest = floor;
  }

  /** No conflict was added after this, here or wherever the shard has its ranges from. */
  get latest(): Timestamp {
    return this.#latest;
  }

  /** With the rows of the commit at `timestamp` in its group. */
  add(group: Group, spans: readonly Span[], timestamp: Timestamp, stamp: Timestamp, transaction: string): void {
    for (const span of spans) this.#conflicts.push({ span, timestamp, stamp, transaction });
    if (this.#conflicts.length > SPANS_MAX) {
      const forgotten = this.#conflicts.length - SPANS_MAX / 2;
      this.#floor = Math.max(this.#floor, this.#conflicts[forgotten - 1]!.stamp);
      this.#conflicts = this.#conflicts.slice(forgotten);
    }
    this.#raise(group, timestamp);
  }

  /** Ranges come from another shard, where conflicts were added up to `latest`. */
  gained(group: Group, latest: Timestamp): void {
    this.#floor = Math.max(this.#floor, latest);
    this.#raise(group, latest);
  }

  /** Whether somebody says that what was read was written since; undefined when nobody does. */
  find({ readTimestamp, readKeys, readSpans }: Reads): FoundConflict | undefined {
    if (readTimestamp >= this.#latest) return undefined;
    if (readKeys.length === 0 && readSpans.length === 0) return undefined;
    if (readTimestamp < this.#floor) return { key: undefined, transactionId: undefined };
    for (let at = this.#conflicts.length - 1; at >= 0; at--) {
      const { span, timestamp, stamp, transaction } = this.#conflicts[at]!;
      if (stamp <= readTimestamp) return undefined;
      if (timestamp <= readTimestamp) continue;
      const key: Key | undefined =
        readKeys.find((read) => spanHolds(span, read)) ?? readSpans.find((read) => spansOverlap(read, span))?.start;
      if (key !== undefined) return { key: keyHex(key), transactionId: transaction };
    }
    return undefined;
  }

  #raise(group: Group, timestamp: Timestamp): void {
    this.#latest = Math.max(this.#latest, timestamp);
    group.put(CONFLICT_FLOOR_ROW_KEY, encodeConflictFloorRow(this.#latest));
  }
}
