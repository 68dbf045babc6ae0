/** What a leader can be tuned by. Defaults suit a data folder on a local disk. */
export interface ShardSettings {
  /** Memory for cached current rows, in bytes. */
  readonly cacheBytes: number;
  /** How far ahead of the wall clock the lease reaches. Below `maxClockOffsetMs`, so that a restart never waits. */
  readonly leaseWindowMs: number;
  /** A timestamp further ahead of the wall clock is refused. */
  readonly maxClockOffsetMs: number;
  /** A prepared transaction older than this is resolved by whoever meets it. */
  readonly patienceMs: number;
  /** How long work that nobody waits for (applying an outcome) may wait for a group to join. */
  readonly lazyFlushMs: number;
  /**
   * How long an outcome stays known after all have heard of it, at least. Longer than the deadline of any transaction: one that goes on after its
   * outcome was answered as aborted, and is forgotten, could commit.
   */
  readonly outcomeRetentionMs: number;
  /** A group takes no more members once its rows sum to this many bytes. */
  readonly groupBytesMax: number;
  /** `Overloaded` is answered while this many bytes wait for a group. */
  readonly queueBytesMax: number;
  /** How many keys of recent commits are kept for validation; older reads are checked against the rows. */
  readonly recentCommitsMax: number;
  /** How many recent transactions are remembered by id; older ones are looked up in the journal. */
  readonly recentTransactionsMax: number;
  /** How long a transaction keeps the lock of a key while others wait for it (docs/protocol/locks.md). */
  readonly lockLeaseMs: number;
  /** How many locks of keys there may be, and how many may wait for one: `Overloaded` beyond that. */
  readonly locksMax: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_SHARD_SETTINGS: ShardSettings = Object.freeze({
  cacheBytes: 32 * MIB,
  leaseWindowMs: 250,
  maxClockOffsetMs: 500,
  patienceMs: 2_000,
  lazyFlushMs: 5,
  outcomeRetentionMs: 3_600_000,
  groupBytesMax: 4 * MIB,
  queueBytesMax: 64 * MIB,
  recentCommitsMax: 65_536,
  recentTransactionsMax: 32_768,
  lockLeaseMs: 2_000,
  locksMax: 16_384,
});
