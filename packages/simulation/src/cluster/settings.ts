import { DEFAULT_SHARD_SETTINGS, type ShardSettings } from '@pandakv/core/shard';
import type { Random } from '../kernel/random.js';

/** How long a transaction may take in a simulation. */
export const DEADLINE_MS = 6_000;

/** Settings of a run. Small sizes, so that what is rare with the defaults happens all the time. */
export function drawSettings(random: Random): ShardSettings {
  return {
    ...DEFAULT_SHARD_SETTINGS,
    cacheBytes: random.pick([0, 2_000, 1_000_000]),
    patienceMs: random.pick([300, 1_000, 2_000]),
    lazyFlushMs: random.pick([1, 5, 50]),
    // Longer than any prepare can be under way, or a transaction be tried again.
    outcomeRetentionMs: random.pick([2, 3, 6]) * DEADLINE_MS,
    groupBytesMax: random.pick([2_000, 4 * 1024 * 1024]),
    recentCommitsMax: random.pick([4, 64, 65_536]),
    recentTransactionsMax: random.pick([4, 64, 32_768]),
  };
}
