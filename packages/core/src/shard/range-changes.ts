import { invariant, PandaError } from '../errors/index.js';
import {
  arrivalRowKey,
  encodeArrivalRow,
  encodeOwnedRangeRow,
  importRowKey,
  ownedRangeRowKey,
  type RangeChange,
} from '../rows/index.js';
import type { ArrivedRanges } from './arrived-ranges.js';
import type { Freezes } from './freezes.js';
import type { Group } from './group.js';
import type { Imports } from './imports.js';
import type { LockTable } from './lock-table.js';
import type { OwnedRanges, OwnershipChange } from './owned-ranges.js';
import type { PreparedTransaction } from './prepared-transaction.js';
import type { ShardContext } from './shard-context.js';
import type { WriteConflicts } from './write-conflicts.js';

export interface RangeChangesParts {
  readonly context: ShardContext;
  readonly ranges: OwnedRanges;
  readonly freezes: Freezes;
  readonly imports: Imports;
  readonly arrived: ArrivedRanges;
  readonly locks: LockTable;
  readonly conflicts: WriteConflicts;
  /** The shard owns other ranges than before. */
  readonly ownershipChanged: (change: OwnershipChange) => void;
}

/** What prepared transactions do to the ranges of the shard (docs/protocol/ranges.md). */
export class RangeChanges {
  readonly #parts: RangeChangesParts;

  constructor(parts: RangeChangesParts) {
    this.#parts = parts;
  }

  /** Throws when the change cannot be made now. It never waits, so that those who wait for it can be sure that it waits for nobody. */
  check(change: RangeChange): void {
    const { ranges, imports } = this.#parts;
    ranges.checkChange(change);
    const { gained, left } = ranges.effectOf(change);
    if (left.length > 0) this.#checkLeaving(change);
    imports.checkFinished(gained, change.import, change.put);
  }

  /** Nothing is written in a range from when its last rows were brought away until another shard owns it. */
  #checkLeaving(change: RangeChange): void {
    const { context, freezes, locks, ranges } = this.#parts;
    for (const { id, freeze } of change.drop) {
      if (!freezes.isFrozenBy(id, freeze)) {
        throw new PandaError('Conflict', 'The range is not frozen, or no longer', { shard: context.id, range: id });
      }
      const holder = locks.holderIn(ranges.get(id)!);
      if (holder === undefined) continue;
      throw new PandaError('Conflict', 'A prepared transaction holds a lock in a range that is to leave the shard', {
        shard: context.id,
        transactionId: holder.transaction,
      });
    }
  }

  /** From now on who names one of the ranges waits for the transaction. */
  hold(holder: PreparedTransaction): void {
    this.#parts.ranges.hold(holder);
    for (const { id } of holder.row.rangeChange?.drop ?? []) this.#parts.freezes.pin(id);
  }

  /** Adds the rows of the change to the group with the transaction's outcome. */
  addRows(group: Group, change: RangeChange): void {
    for (const { id } of change.drop) {
      const range = this.#parts.ranges.get(id);
      invariant(range !== undefined, 'a range that a prepared transaction changes is owned', { range: id });
      group.delete(ownedRangeRowKey(range.start));
    }
    for (const range of change.put) group.put(ownedRangeRowKey(range.start), encodeOwnedRangeRow(range));
    if (change.import === undefined) return;
    this.#addArrival(group, change.import.move);
    const { conflictsUpTo = 0 } = change.import;
    if (conflictsUpTo > 0) this.#parts.conflicts.gained(group, conflictsUpTo);
  }

  #addArrival(group: Group, move: string): void {
    const { arrived, context, imports } = this.#parts;
    group.delete(importRowKey(move));
    const imported = imports.get(move);
    invariant(imported !== undefined, 'a range that arrives was imported', { shard: context.id });
    const arrival = { move, start: imported.start, end: imported.end, timestamp: context.clock.last };
    group.put(arrivalRowKey(move), encodeArrivalRow(arrival));
    arrived.record(arrival);
  }

  /** In the turn in which the outcome is known to be in the engine, or that the promise is not. */
  settle(holder: PreparedTransaction, isCommitted: boolean): void {
    const change = holder.row.rangeChange;
    if (change === undefined) return;
    const { ranges, freezes, imports, ownershipChanged } = this.#parts;
    if (isCommitted) {
      ownershipChanged(ranges.apply(change));
      if (change.import !== undefined) imports.forget(change.import.move);
    }
    ranges.release(holder);
    for (const { id } of change.drop) freezes.thaw(id);
  }
}
