import type { KeyRange } from './key-range.js';

/** A key and its value. */
export type Entry = readonly [key: Uint8Array, value: Uint8Array];

/**
 * The condition of a write. In the same atomic step in which the batch applies, the key must hold `expected` (`undefined`:
 * must be absent) and becomes `next`; else the write fails with {@link GuardMismatch} and nothing has changed.
 */
export interface Guard {
  readonly key: Uint8Array;
  readonly expected: Uint8Array | undefined;
  readonly next: Uint8Array;
}

/**
 * What one {@link Engine.write} does, all or nothing. In effect `deleteRanges` comes first, then `deletes`, then `puts`: a key
 * that is put survives a deleted range around it. No key stands twice in `puts`, nor in both `puts` and `deletes`, and the
 * guard's key stands in none of them.
 */
export interface WriteBatch {
  readonly guard?: Guard | undefined;
  readonly puts?: readonly Entry[] | undefined;
  readonly deletes?: readonly Uint8Array[] | undefined;
  readonly deleteRanges?: readonly KeyRange[] | undefined;
}
