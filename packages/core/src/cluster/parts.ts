/**
 * What `openDatabase` is made of, for whoever joins the parts in another way: many nodes in one simulation, tools that read a
 * store. Not for applications, and not stable.
 */
export { Catalog, planLayout, Router, type Split } from '../catalog/index.js';
export { HybridClock, isTimestamp, SteadyEnvironment, TICKS_PER_MS, timestampAt, wallTimeOf } from '../clock/index.js';
export { keyBytes, toKey, type Key, type Span } from '../keys/index.js';
export {
  decodeGuardRow,
  decodeImportRow,
  decodeJournalRow,
  decodeOutcomeRow,
  decodeOwnedRangeRow,
  decodePreparedRow,
  decodeRelocationRow,
  decodeStamped,
  GUARD_ROW_KEY,
  IMPORT_ROW_PREFIX,
  parseHistoryRowKey,
  PartsDecoder,
  RELOCATION_ROW_KEY,
  ROW_SPACE,
  rowPrefixRange,
  type JournalRow,
  type OutcomeRow,
  type OwnedRangeRow,
} from '../rows/index.js';
export { Coordinator, lookUpOutcome, Statistics } from '../transaction/index.js';
export { Database } from './database.js';
export { ShardDirectory } from './shard-directory.js';
