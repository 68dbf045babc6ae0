/** Transactions over all shards: snapshots, buffered writes, the coordinator, retry (ARCHITECTURE.md). */
export { checkAtomicChange, type AtomicChange } from './atomic-change.js';
export type { BufferedReads } from './buffered-reads.js';
export { abortable, checkSignal } from './cancellation.js';
export type { CommitWork } from './commit-plan.js';
export { Coordinator } from './coordinator.js';
export { copyOf } from './copy.js';
export { HeldLocks } from './held-locks.js';
export { historyOfKey, type HistoryEntry } from './history.js';
export { latestTimestamp } from './latest-timestamp.js';
export { lookUpOutcome, type Outcome } from './outcome-lookup.js';
export { Reader } from './reader.js';
export { retry, retryAfter } from './retry.js';
export type { ScanOptions } from './scan-options.js';
export { Snapshot } from './snapshot.js';
export { Statistics, type StatisticsSnapshot } from './statistics.js';
export { Transaction, type Isolation, type TransactionParts } from './transaction.js';
export { TransactionRecord, type ConflictInfo, type TransactionStatistics } from './transaction-statistics.js';
export { WriteBuffer } from './write-buffer.js';
