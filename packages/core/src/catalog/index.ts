/** Which ranges there are, which shard serves each, and where that is written down. */
export {
  ALL_CLEANUPS,
  ALL_MEMBERS,
  ALL_MOVES,
  ALL_RANGES,
  cleanupRecordKey,
  decodeCleanupRecord,
  decodeMemberRecord,
  decodeMoveRecord,
  decodeNumber,
  decodeRangeRecord,
  encodeCleanupRecord,
  encodeMemberRecord,
  encodeMoveRecord,
  encodeNumber,
  encodeRangeRecord,
  LAST_RANGE_NUMBER_KEY,
  LAST_REMOVAL_KEY,
  memberRecordKey,
  moveRecordKey,
  rangeRecordKey,
  type CleanupRecord,
  type Member,
  type MemberState,
  type MoveRecord,
} from './catalog-records.js';
export { Catalog } from './catalog.js';
export { planLayout, type Split } from './layout.js';
export {
  decodeMigrationRecord,
  encodeMigrationRecord,
  MIGRATION_KEY,
  type MigrationGoal,
  type MigrationRecord,
} from './migration-record.js';
export {
  ALL_PROTECTIONS,
  ALL_RETENTIONS,
  decodeProtectionRecord,
  decodeRetentionRecord,
  encodeProtectionRecord,
  encodeRetentionRecord,
  protectionRecordKey,
  retentionRecordKey,
  type ProtectionRecord,
  type RetentionRecord,
} from './retention-record.js';
export type { RangeDescriptor } from './range-descriptor.js';
export { Router, type CatalogSource, type Route } from './router.js';
export { clearOldPlace, Relocation, type RelocationEnd } from './relocation.js';
export { systemEngine } from './system-engine.js';
export { SystemGate } from './system-gate.js';
export { membersIn, placeBy, traceOf, type SystemPlace, type SystemTrace } from './system-place.js';
export { isSystemShardId, systemCatalog, systemIdentity, systemShardId, SystemShard } from './system-shard.js';
