import { HistoryError } from '../history-error.js';
import { OPERATION_TYPES, type MicroOperation, type Operation, type OperationType, type Scalar } from '../operation.js';

/** Gives the value of a field of a map, by its name without a colon; undefined where there is none. */
export type FieldReader = (name: string) => unknown;

/**
 * An operation from a map of a file; undefined for what is not a client's, such as a nemesis', whose process is no number.
 * @throws HistoryError `Unreadable`
 */
export function operationFrom(field: FieldReader): Operation | undefined {
  const process = field('process') ?? 0;
  if (typeof process !== 'number') return undefined;
  if (!Number.isSafeInteger(process)) throw unreadable('a process that is not an integer');
  const [f, time, index] = [field('f'), field('time'), field('index')];
  return {
    type: typeFrom(field('type')),
    process,
    value: valueFrom(field('value')),
    ...(typeof f === 'string' ? { f: withoutColon(f) } : {}),
    ...(typeof time === 'number' ? { time } : {}),
    ...(typeof index === 'number' ? { index } : {}),
  };
}

function typeFrom(value: unknown): OperationType {
  const name = typeof value === 'string' ? withoutColon(value) : undefined;
  const type = OPERATION_TYPES.find((candidate) => candidate === name);
  if (type === undefined) throw unreadable(`a type that is none of ${OPERATION_TYPES.join(', ')}`);
  return type;
}

function valueFrom(value: unknown): readonly MicroOperation[] {
  if (!Array.isArray(value)) throw unreadable('a value that is not a list of micro-operations');
  return value.map(microOperationFrom);
}

function microOperationFrom(value: unknown): MicroOperation {
  if (!Array.isArray(value) || value.length < 2 || value.length > 3)
    throw unreadable('a micro-operation that is not [f key value]');
  const [f, key, argument] = value as readonly unknown[];
  if (!isScalar(key)) throw unreadable('a key that is neither a number nor a text');
  const name = typeof f === 'string' ? withoutColon(f) : undefined;
  if (name === 'r') return ['r', key, readValueFrom(argument ?? null)];
  if (name !== 'append' && name !== 'w') throw unreadable('a micro-operation that is none of append, w, r');
  if (!isScalar(argument)) throw unreadable('a written value that is neither a number nor a text');
  return [name, key, argument];
}

function readValueFrom(value: unknown): readonly Scalar[] | Scalar | null {
  if (value === null || isScalar(value)) return value;
  if (Array.isArray(value) && value.every(isScalar)) return value;
  throw unreadable('a read value that is neither a number, a text nor a list of these');
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

function withoutColon(name: string): string {
  return name.startsWith(':') ? name.slice(1) : name;
}

function unreadable(reason: string): HistoryError {
  return new HistoryError('Unreadable', reason);
}
