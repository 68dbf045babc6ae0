import type { MigrationRecord } from '../catalog/index.js';
import type { Timestamp } from '../clock/index.js';
import type { PandaError } from '../errors/index.js';

/**
 * `copy`: the sources serve, and rows are copied. `follow`: all are copied, and the destinations are kept in step. `switch`: ranges go
 * over to the destinations. `switched`: the destinations serve all of them, and the sources are kept in step. `reverse`: ranges go back to
 * the sources. `cancel`, `complete`: what is kept in step is given up.
 */
export type MigrationPhase = 'copy' | 'follow' | 'switch' | 'switched' | 'reverse' | 'cancel' | 'complete';

/** How far a migration has come. */
export interface MigrationStatus {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly phase: MigrationPhase;
  readonly isPaused: boolean;
  readonly ranges: number;
  /** Ranges whose rows have all been copied once. */
  readonly copied: number;
  /** Ranges that the destinations serve. */
  readonly switched: number;
  /** Both sides were found to be the same at this timestamp; undefined as long as they were not compared, or when they differed. */
  readonly verifiedAt: Timestamp | undefined;
  /** Rows and bytes brought by this process, those brought again included. */
  readonly rows: number;
  readonly bytes: number;
  /** About how many bytes the sources had when this process began; never fewer than `bytes`. */
  readonly bytesEstimated: number;
  /** Versions compared by this process. */
  readonly verified: number;
  /** The most groups of a journal that have still to be looked at for a range. */
  readonly lag: number;
  /** What has failed last, and is tried again. */
  readonly problem: PandaError | undefined;
}

export interface MigrationOptions {
  /** Hears how far it has come, now and then. What it throws ends the waiting; the migration goes on. */
  readonly onProgress?: (status: MigrationStatus) => void;
  /** Ends the waiting; the migration goes on. */
  readonly signal?: AbortSignal;
}

export interface MigrationStart extends MigrationOptions {
  /** Shards whose ranges are to go. They take no others from now on. */
  readonly from: readonly string[];
  /** Shards that are to have them: those of the first source go to the first of these, and so on in turn. */
  readonly to: readonly string[];
  /** The most that is copied of one range in a second. Default: as fast as it goes. */
  readonly bytesPerSecond?: number;
}

/** What one range tells. */
export interface MirrorState {
  readonly isCopied: boolean;
  readonly isSwitched: boolean;
  readonly rows: number;
  readonly bytes: number;
  readonly bytesEstimated: number;
  readonly verified: number;
  readonly lag: number;
}

/** @param missing ranges that are not yet known as parts of the migration */
export function statusOf(
  record: MigrationRecord,
  mirrors: readonly MirrorState[],
  missing: number,
  problem?: PandaError,
): MigrationStatus {
  const { from, to, isPaused, verifiedAt } = record;
  const sum = (of: (mirror: MirrorState) => number): number => mirrors.reduce((total, mirror) => total + of(mirror), 0);
  const copied = sum(({ isCopied }) => Number(isCopied));
  const switched = sum(({ isSwitched }) => Number(isSwitched));
  const ranges = mirrors.length + missing;
  return {
    from,
    to,
    phase: phaseOf(record, { ranges, copied, switched }),
    isPaused,
    ranges,
    copied,
    switched,
    verifiedAt,
    rows: sum(({ rows }) => rows),
    bytes: sum(({ bytes }) => bytes),
    bytesEstimated: sum(({ bytes, bytesEstimated }) => Math.max(bytes, bytesEstimated)),
    verified: sum(({ verified }) => verified),
    lag: mirrors.reduce((most, { lag }) => Math.max(most, lag), 0),
    problem,
  };
}

function phaseOf(
  { goal }: MigrationRecord,
  { ranges, copied, switched }: { readonly ranges: number; readonly copied: number; readonly switched: number },
): MigrationPhase {
  if (goal === 'switch') return switched < ranges ? 'switch' : 'switched';
  if (goal !== 'copy') return goal;
  if (switched > 0) return 'reverse';
  return copied < ranges ? 'copy' : 'follow';
}
