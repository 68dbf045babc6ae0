/** Transactions over all shards: snapshots, buffered writes, the coordinator, retry (ARCHITECTURE.md). */
export type { CommitWork } from './commit-plan.js';
export { Coordinator } from './coordinator.js';
export { copyOf } from './copy.js';
export { latestTimestamp } from './latest-timestamp.js';
export { lookUpOutcome, type Outcome } from './outcome-lookup.js';
export { Reader } from './reader.js';
export { retry, retryAfter } from './retry.js';
export type { ScanOptions } from './scan-options.js';
export { Snapshot } from './snapshot.js';
export { Statistics, type StatisticsSnapshot } from './statistics.js';
export { Transaction, type Isolation } from './transaction.js';
export { WriteBuffer } from './write-buffer.js';
