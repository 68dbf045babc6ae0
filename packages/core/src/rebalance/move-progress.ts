/**
 * `clear`: what an earlier move has left at the destination is removed. `copy`: rows are copied. `tail`: what was written meanwhile is
 * brought after. `verify`: both sides are compared. `cut-over`: the source takes no new commits in the range. `done`: the destination
 * serves it.
 */
export type MovePhase = 'clear' | 'copy' | 'tail' | 'verify' | 'cut-over' | 'done';

/** How far the move of a range has come. */
export interface MoveProgress {
  /** Id of the range. */
  readonly range: string;
  readonly from: string;
  readonly to: string;
  readonly phase: MovePhase;
  /** Rows and bytes brought to the destination by this process, those brought again included. */
  readonly rows: number;
  readonly bytes: number;
  /** Groups of the source's journal that have still to be looked at. */
  readonly lag: number;
  /** Versions that were compared so far. */
  readonly verified: number;
  /** How long commits in the range have waited at the cut-over, in milliseconds; once it is done. */
  readonly pauseMs: number | undefined;
}

export interface MoveOptions {
  /** Hears of every step. What it throws stops the move, which can be resumed. */
  readonly onProgress?: (progress: MoveProgress) => void;
  /** Cancels the move: the source goes on to serve the range, and what was brought to the destination is removed. */
  readonly signal?: AbortSignal;
  /** The most that is copied in a second. Default: as fast as it goes. */
  readonly bytesPerSecond?: number;
  /** The longest that commits in the range may wait at the cut-over, in milliseconds; else it is tried again later. Default 200. */
  readonly pauseBudgetMs?: number;
}
