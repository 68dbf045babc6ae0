/**
 * What `openDatabase` is made of, for whoever joins the parts in another way: many nodes in one simulation, tools that read a
 * store or make one. Not for applications, and not stable.
 */
export {
  Catalog,
  encodeRangeRecord,
  planLayout,
  rangeRecordKey,
  Router,
  systemEngine,
  type RangeDescriptor,
  type Split,
} from '../catalog/index.js';
export { HybridClock, isTimestamp, SteadyEnvironment, TICKS_PER_MS, timestampAt, wallTimeOf } from '../clock/index.js';
export { keyBytes, toKey, type Key, type Span } from '../keys/index.js';
export {
  currentRowKey,
  decodeGuardRow,
  decodeImportRow,
  decodeJournalRow,
  decodeOutcomeRow,
  decodeOwnedRangeRow,
  decodePreparedRow,
  decodeRelocationRow,
  decodeStamped,
  encodeOwnedRangeRow,
  encodeStamped,
  GUARD_ROW_KEY,
  IMPORT_ROW_PREFIX,
  ownedRangeRowKey,
  parseHistoryRowKey,
  PartsDecoder,
  RELOCATION_ROW_KEY,
  ROW_SPACE,
  rowKeyBytes,
  rowPrefixRange,
  type JournalRow,
  type OutcomeRow,
  type OwnedRangeRow,
} from '../rows/index.js';
export { Coordinator, lookUpOutcome, Statistics } from '../transaction/index.js';
export { Database } from './database.js';
export { ShardDirectory } from './shard-directory.js';
