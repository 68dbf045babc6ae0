export { ANOMALY_TYPES, meaningOf, type AnomalyType } from './anomalies/anomaly-types.js';
export { checkHistory, HistoryCheck, type Anomaly, type AnomalySummary, type CheckOptions, type CheckResult } from './check.js';
export { CONSISTENCY_MODELS, ruledOutBy, type ConsistencyModel, type RuledOut } from './consistency-models.js';
export { parseHistory, readHistoryFile } from './formats/read-history.js';
export { formatOperation, HISTORY_FORMATS, type HistoryFormat } from './formats/write-operation.js';
export { HistoryError, type HistoryErrorCode } from './history-error.js';
export {
  HISTORY_MODELS,
  OPERATION_TYPES,
  type Append,
  type HistoryModel,
  type MicroOperation,
  type Operation,
  type OperationType,
  type Read,
  type Scalar,
  type Write,
} from './operation.js';
export { HistoryFile } from './record/history-file.js';
export { Recorder, type HistorySink } from './record/recorder.js';
export type { StepView, TransactionView } from './report/explain.js';
export { reportText } from './report/report-text.js';
export { drawCycle } from './report/svg.js';
