/** The composition root: configuration → engines → shards → database. */
export { checkShards, type ShardCheck } from './check-shards.js';
export type { DatabaseConfig, EnginePackage, ShardConfig, SplitConfig } from './config.js';
export { Database, type RangeInfo, type TransactionOptions } from './database.js';
export type { Mutation, Precondition } from './mutation.js';
export { openDatabase } from './open-database.js';
export { systemEnvironment } from './system-environment.js';
