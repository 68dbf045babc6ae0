/** Panda: one transactional, ordered key-value store over any mix of storage engines. */
export {
  checkShards,
  Database,
  openDatabase,
  systemEnvironment,
  type BalancedShard,
  type BalanceMove,
  type BalancePlanInfo,
  type BalanceResult,
  type DatabaseConfig,
  type EnginePackage,
  type HotKey,
  type MoveInfo,
  type Mutation,
  type Precondition,
  type RangeInfo,
  type RangeSize,
  type RunResult,
  type ShardCheck,
  type ShardConfig,
  type ShardInfo,
  type SplitConfig,
  type TransactionOptions,
} from './cluster/index.js';
export { timestampAt, wallTimeOf, type Environment, type Timer, type Timestamp } from './clock/index.js';
export type { EnginePlugin, EngineSource, Entry } from './engine/index.js';
export { ERROR_CODES, PandaError, type ErrorCode, type ErrorFacts } from './errors/index.js';
export { int64, int64Of, LIMITS, prefix, range, type Bytes, type Range } from './keys/index.js';
export type {
  BackgroundBalance,
  BalanceBudget,
  BalanceOptions,
  BalancePhase,
  BalancePolicy,
  BalanceProgress,
  MigrationOptions,
  MigrationPhase,
  Migrations,
  MigrationStart,
  MigrationStatus,
  MovedByBalance,
  MoveOptions,
  MovePhase,
  MoveProgress,
} from './rebalance/index.js';
export type { Change, ChangeOptions, ChangeSet, TransactionChanges } from './feed/index.js';
export type { PrefixRetention, Protection, Retention, RetentionStatus } from './retention/index.js';
export type { ShardSettings, ShardStatus } from './shard/index.js';
export type {
  AtomicChange,
  BufferedReads,
  CallOptions,
  ConflictInfo,
  HistoryEntry,
  Isolation,
  Outcome,
  Entries,
  ScanOptions,
  Snapshot,
  StatisticsSnapshot,
  Transaction,
  TransactionStatistics,
} from './transaction/index.js';
