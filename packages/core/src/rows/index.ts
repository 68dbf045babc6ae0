/** The layout of rows in an engine (docs/protocol/rows.md). */
export { ARRIVAL_ROW_PREFIX, arrivalRowKey, decodeArrivalRow, encodeArrivalRow, type ArrivalRow } from './arrival-row.js';
export {
  COLLECTED_ROW_KEY,
  decodeCollectedRow,
  encodeCollectedRow,
  NOTHING_COLLECTED,
  type CollectedPrefix,
  type CollectedRow,
} from './collected-row.js';
export { CONFLICT_FLOOR_ROW_KEY, decodeConflictFloorRow, encodeConflictFloorRow } from './conflict-floor-row.js';
export { currentRowKey, currentRowRange, currentRowSpan } from './current-row.js';
export { decodeGuardRow, encodeGuardRow, GUARD_ROW_KEY, type GuardRow } from './guard-row.js';
export { historyRangeOf, historyRowKey, historyRowRange, parseHistoryRowKey } from './history-row.js';
export {
  decodeIdentityRow,
  encodeIdentityRow,
  IDENTITY_ROW_KEY,
  isOlderFormat,
  type IdentityRow,
  type LayoutRange,
} from './identity-row.js';
export {
  decodeJournalRow,
  encodeJournalRow,
  journalRowKey,
  journalRowKeys,
  sequenceOfJournalRowKey,
  type JournalCommit,
  type JournalRow,
} from './journal-row.js';
export { decodeOutcomeRow, encodeOutcomeRow, outcomeRowKey, type OutcomeRow } from './outcome-row.js';
export { decodeOwnedRangeRow, encodeOwnedRangeRow, ownedRangeRowKey, type OwnedRangeRow } from './owned-range-row.js';
export { encodeParts, PART_BYTES_MAX, partKey, PartsDecoder } from './parts.js';
export { decodePreparedRow, encodePreparedRow, preparedRowKey, type PreparedRow, type Stamp } from './prepared-row.js';
export {
  decodeImportRow,
  encodeImportRow,
  IMPORT_ROW_PREFIX,
  importRowKey,
  type ImportRow,
  type ImportStage,
} from './import-row.js';
export type { DroppedRange, FinishedImport, RangeChange } from './range-change.js';
export { ROW_SPACE, rowKeyBytes, rowPrefixRange } from './row-space.js';
export { pack, unpack } from './sealed-row.js';
export { uint53Key } from './uint53.js';
export { decodeStamped, encodeStamped, STAMP_BYTES, stampedChecksum, type StampedValue } from './stamped-row.js';
export {
  decodeRelocationRow,
  encodeRelocationRow,
  RELOCATION_ROW_KEY,
  type RelocationRow,
  type RelocationState,
} from './relocation-row.js';
