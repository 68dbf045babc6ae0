import type { Timestamp } from '../clock/index.js';
import type { ArrivalRow, CollectedRow, GuardRow, ImportRow, OutcomeRow, OwnedRangeRow } from '../rows/index.js';
import type { PreparedTransaction } from './prepared-transaction.js';

/** What a leader found in its engine when it took over. */
export interface LeaderState {
  readonly guard: GuardRow;
  readonly ranges: readonly OwnedRangeRow[];
  readonly prepared: readonly PreparedTransaction[];
  readonly outcomes: readonly OutcomeRow[];
  readonly imports: readonly ImportRow[];
  readonly arrivals: readonly ArrivalRow[];
  readonly collected: CollectedRow;
  /** The clock bound of the leaders before: nothing of theirs lies above it. */
  readonly floor: Timestamp;
  /** The latest write conflict that was added by hand. */
  readonly conflictsUpTo: Timestamp;
  /** True when the engine holds no current row yet. */
  readonly isEmpty: boolean;
}
