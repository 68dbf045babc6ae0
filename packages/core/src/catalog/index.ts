/** Which ranges there are, which shard serves each, and where that is written down. */
export {
  ALL_MEMBERS,
  ALL_RANGES,
  decodeMemberRecord,
  decodeNumber,
  decodeRangeRecord,
  encodeMemberRecord,
  encodeNumber,
  encodeRangeRecord,
  LAST_RANGE_NUMBER_KEY,
  memberRecordKey,
  rangeRecordKey,
  type Member,
  type MemberState,
} from './catalog-records.js';
export { Catalog } from './catalog.js';
export { planLayout, type Split } from './layout.js';
export type { RangeDescriptor } from './range-descriptor.js';
export { Router, type CatalogSource, type Route } from './router.js';
export { systemEngine } from './system-engine.js';
export { readMembers, SYSTEM_RANGE, systemCatalog, systemShardId, SystemShard } from './system-shard.js';
