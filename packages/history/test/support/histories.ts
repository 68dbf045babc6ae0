import {
  checkHistory,
  type AnomalyType,
  type CheckOptions,
  type CheckResult,
  type MicroOperation,
  type Operation,
} from '@pandakv/history';

type Type = 'ok' | 'fail' | 'info';

/** A transaction of a small history: when it was invoked and completed, as positions on a time line. */
export interface Planned {
  readonly type?: Type;
  readonly process?: number;
  readonly begin: number;
  readonly end: number;
  readonly value: readonly MicroOperation[];
}

/** `append x 3`, `w x 3`, `r x`, `r x 3`, `r x [1 2]`, separated by commas. */
export function micro(text: string): MicroOperation[] {
  return text.split(',').map((part): MicroOperation => {
    const [f, key, ...rest] = part.trim().split(' ');
    const value = rest.join(' ');
    if (f === 'append' || f === 'w') return [f, key!, Number(value)];
    if (value === '') return ['r', key!, null];
    const list = /^\[(.*)\]$/.exec(value)?.[1];
    if (list === undefined) return ['r', key!, Number(value)];
    return ['r', key!, list === '' ? [] : list.split(' ').map(Number)];
  });
}

/** Transactions that all ran at the same time, so that nothing follows from time. A prefix `fail:` or `info:` tells the outcome. */
export function concurrent(...transactions: readonly string[]): Operation[] {
  return history(transactions.map((text) => ({ ...outcomeOf(text), begin: 0, end: 1 })));
}

/** Transactions one after the other, of processes of their own. */
export function consecutive(...transactions: readonly string[]): Operation[] {
  return history(transactions.map((text, i) => ({ ...outcomeOf(text), begin: 2 * i, end: 2 * i + 1 })));
}

/** Transactions with times of their own; each by a process of its own unless told. */
export function history(planned: readonly Planned[]): Operation[] {
  const events = planned.flatMap(({ type = 'ok', process, begin, end, value }, i) => [
    { at: begin, order: 0, type: 'invoke' as const, process: process ?? i, value },
    { at: end, order: 1, type, process: process ?? i, value },
  ]);
  const sorted = events.toSorted((left, right) => left.at - right.at || left.order - right.order);
  return sorted.map(({ type, process, value }, index) => ({ type, process, f: 'txn', value, index }));
}

function outcomeOf(text: string): { type: Type; value: MicroOperation[] } {
  const [, type, rest] = /^(?:(ok|fail|info):\s*)?(.*)$/.exec(text)!;
  return { type: (type ?? 'ok') as Type, value: micro(rest!) };
}

export function typesOf(result: CheckResult): AnomalyType[] {
  return result.anomalies.map(({ type }) => type);
}

export function judge(operations: Iterable<Operation>, options: Partial<CheckOptions> = {}): CheckResult {
  return checkHistory(operations, { model: 'list-append', ...options });
}
