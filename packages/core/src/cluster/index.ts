/** The composition root: configuration → engines → shards → database. */
export type { BalancedShard, BalanceMove, BalancePlanInfo, BalanceResult, HotKey } from './balance-info.js';
export { checkShards, type ShardCheck } from './check-shards.js';
export type { DatabaseConfig, EnginePackage, ShardConfig, SplitConfig } from './config.js';
export { Database } from './database.js';
export type { RunResult } from './identified-runs.js';
export type { MoveInfo } from './move-info.js';
export type { Mutation, Precondition } from './mutation.js';
export { openDatabase } from './open-database.js';
export type { RangeInfo } from './range-info.js';
export type { RangeSize, ShardInfo } from './shard-info.js';
export { systemEnvironment } from './system-environment.js';
export type { TransactionOptions } from './transaction-options.js';
