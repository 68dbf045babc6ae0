import type { MicroOperation, Operation, Scalar } from '../operation.js';

/** `edn` as Jepsen writes it, one map a line; `json`, one object a line. */
export const HISTORY_FORMATS = ['edn', 'json'] as const;
export type HistoryFormat = (typeof HISTORY_FORMATS)[number];

const KEYWORD = /^:[A-Za-z*!_?<>=+-][\w*!?<>=+.\-/]*$/;

/** One line of a history, without its end. */
export function formatOperation(operation: Operation, format: HistoryFormat): string {
  return format === 'json' ? JSON.stringify(operation) : ednOf(operation);
}

function ednOf({ type, process, f, value, time, index }: Operation): string {
  const fields = [
    ...(index === undefined ? [] : [`:index ${index}`]),
    `:type :${type}`,
    `:process ${process}`,
    `:f :${f ?? 'txn'}`,
    `:value [${value.map(microOperationEdn).join(' ')}]`,
    ...(time === undefined ? [] : [`:time ${time}`]),
  ];
  return `{${fields.join(', ')}}`;
}

function microOperationEdn([f, key, value]: MicroOperation): string {
  return `[:${f} ${scalarEdn(key)} ${valueEdn(value)}]`;
}

function valueEdn(value: readonly Scalar[] | Scalar | null): string {
  if (value === null) return 'nil';
  return typeof value === 'object' ? `[${value.map(scalarEdn).join(' ')}]` : scalarEdn(value);
}

function scalarEdn(value: Scalar): string {
  if (typeof value !== 'string') return String(value);
  // EDN has the escapes of JSON.
  return KEYWORD.test(value) ? value : JSON.stringify(value);
}
