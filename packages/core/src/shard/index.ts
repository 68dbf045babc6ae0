/** A shard and its leader: locks, validation, group commit, reads, recovery (docs/protocol). */
export { createShard, inspectShard, openLeader, readClockBound, readOwnedRanges, type OpenLeaderOptions } from './open-leader.js';
export { applyOperations, type AtomicOperation } from './atomic-operation.js';
export type { ChangedKey, CommittedChanges, FeedPage, FeedRequest } from './feed.js';
export type { Precondition } from './precondition.js';
export { DEFAULT_SHARD_SETTINGS, type ShardSettings } from './settings.js';
export type {
  Commitment,
  CommitRequest,
  Decision,
  DecideRequest,
  Finding,
  HistoryRequest,
  HistoryResult,
  KeyVersion,
  LatestTimestampRequest,
  LockGrant,
  LockRequest,
  PrepareRequest,
  RangeRoute,
  ReadRequest,
  ResolveRequest,
  ScanRequest,
  ScanResult,
  Peer,
  Shard,
  ShardStatus,
  Vote,
  WatchRequest,
} from './shard.js';
export type { ImportRow, ImportStage } from '../rows/index.js';
export type { ExportedChanges, ExportedRows, JournalPlace, RangeDigest, RangeTransfer, SpanSlice } from './range-transfer.js';
export type { CommitSample, ShardLoad } from './load-samples.js';
export type { Backlog, Collection, CollectRequest } from './collection.js';
export { laterOf, thresholdOf, type Threshold } from './threshold.js';
export type { Leader } from './leader.js';
export { deferred, type Deferred } from './deferred.js';
export { sleep } from './sleep.js';
export {
  attemptOf,
  checkTransactionId,
  newCoordinatorTag,
  newTransactionId,
  runOf,
  startOf,
  transactionOf,
} from './transaction-id.js';
export { commitmentBy } from './commitment.js';
export { sameTag, stamped, VERSIONSTAMP_BYTES, versionstampOf } from './versionstamp.js';
export type { Stamp } from '../rows/index.js';
export { ABSENT, type Version } from './version.js';
