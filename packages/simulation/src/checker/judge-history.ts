import { checkHistory, type HistoryModel, type MicroOperation, type Operation as Line } from '@pandakv/history';
import type { Attempt, Operation, Value } from '../workload/operation.js';
import type { WorkloadName } from '../workload/workloads.js';

/** The workloads whose histories a checker can judge that knows nothing of Panda, its stores and its timestamps. */
const MODELS: Partial<Record<WorkloadName, HistoryModel>> = { 'list-append': 'list-append', registers: 'register' };

/** A line of a history, with the step at which it happened. */
interface Event {
  readonly step: number;
  readonly line: Line;
}

/** Answers the anomalies that a history shows by itself, from what clients asked for and were told. */
export function judgeHistory(workload: WorkloadName, operations: readonly Operation[], isRealTime: boolean): string[] {
  const model = MODELS[workload];
  if (model === undefined) return [];
  const isSnapshot = operations.some(({ isolation }) => isolation === 'snapshot');
  const consistency = isRealTime
    ? isSnapshot
      ? 'strong-snapshot-isolation'
      : 'strict-serializable'
    : isSnapshot
      ? 'snapshot-isolation'
      : 'serializable';
  const { valid, anomalies } = checkHistory(historyOf(model, operations), { model, consistency });
  if (valid) return [];
  return anomalies.flatMap(({ type, examples }) => examples.map(({ text }) => `The history shows ${type}: ${text}`));
}

/** Each operation is a process of its own: clients go on in other processes when theirs die. */
export function historyOf(model: HistoryModel, operations: readonly Operation[]): Line[] {
  const events: Event[] = [];
  for (const [process, operation] of operations.entries()) {
    const value = stepsOf(model, operation);
    if (value.length === 0) continue;
    const asked = value.map((step): MicroOperation => (step[0] === 'r' ? ['r', step[1], null] : step));
    events.push({ step: operation.invoked, line: { type: 'invoke', process, value: asked } });
    const { status, completed } = operation;
    if (completed === undefined || status === 'running') continue;
    if (status === 'ok') events.push({ step: completed, line: { type: 'ok', process, value } });
    else events.push({ step: completed, line: { type: status === 'failed' ? 'fail' : 'info', process, value: asked } });
  }
  return events.sort((a, b) => a.step - b.step).map(({ line }) => line);
}

/** Of one that failed, all that any attempt would have written; else the last attempt, as one begins only when that before it has failed. */
function stepsOf(model: HistoryModel, { attempts, status, latest }: Operation): MicroOperation[] {
  if (latest !== undefined) return [['r', latest.key, valueOf(model, latest.value)]];
  const judged = status === 'failed' ? attempts : attempts.slice(-1);
  return judged.flatMap((attempt) => [...readsOf(model, attempt), ...writesOf(model, attempt)]);
}

function readsOf(model: HistoryModel, { reads }: Attempt): MicroOperation[] {
  return reads.map(({ key, value }): MicroOperation => ['r', key, valueOf(model, value)]);
}

/** A list is read before it is written: what it has more is what was appended. */
function writesOf(model: HistoryModel, { reads, writes }: Attempt): MicroOperation[] {
  return [...writes].flatMap(([key, written]): MicroOperation[] => {
    if (model === 'register') return [['w', key, written ?? '']];
    const before = itemsOf(reads.find((read) => read.key === key)?.value);
    return itemsOf(written ?? undefined)
      .slice(before.length)
      .map((item): MicroOperation => ['append', key, item]);
  });
}

function valueOf(model: HistoryModel, value: Value): readonly string[] | string | null {
  return model === 'register' ? (value ?? null) : itemsOf(value);
}

function itemsOf(value: Value): string[] {
  return value === undefined ? [] : value.split(',');
}
