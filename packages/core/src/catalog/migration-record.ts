import type { Timestamp } from '../clock/index.js';
import type { Key } from '../keys/index.js';
import { pack, unpack } from '../rows/index.js';

/**
 * Where a migration is to be brought. `copy`: the sources serve, and the destinations are kept in step. `switch`: the destinations
 * serve, and the sources are kept in step. `cancel` and `complete`: what is kept in step is removed, and the migration ends.
 */
export type MigrationGoal = 'copy' | 'switch' | 'cancel' | 'complete';

/** The migration of all ranges of some shards to others. Anybody may go on with it. There is one at a time. */
export interface MigrationRecord {
  readonly id: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly goal: MigrationGoal;
  readonly isPaused: boolean;
  /** Both sides were the same at this timestamp; undefined as long as they were not compared, or when they differed. */
  readonly verifiedAt: Timestamp | undefined;
  /** The most that is copied of one range in a second. */
  readonly bytesPerSecond: number | undefined;
}

/** `g`: the migration that has not ended, `[id, from, to, goal, paused, verified at or null, bytes per second or null]`. */
export const MIGRATION_KEY: Key = 'g';

export function encodeMigrationRecord(record: MigrationRecord): Buffer {
  const { id, from, to, goal, isPaused, verifiedAt, bytesPerSecond } = record;
  return pack([id, from, to, goal, isPaused, verifiedAt ?? null, bytesPerSecond ?? null]);
}

export function decodeMigrationRecord(value: Uint8Array): MigrationRecord {
  type Packed = [string, string[], string[], MigrationGoal, boolean, Timestamp | null, number | null];
  const [id, from, to, goal, isPaused, verifiedAt, bytesPerSecond] = unpack(value) as Packed;
  return { id, from, to, goal, isPaused, verifiedAt: verifiedAt ?? undefined, bytesPerSecond: bytesPerSecond ?? undefined };
}
