import type { Entry, Guard, WriteBatch } from '@pandakv/core/engine';
import { asBuffer } from './bytes.js';
import { decoyOf, guardedUpdate, insertFrame } from './insert-sql.js';

/** Beyond, executing saves little, and the statements would take much of the server's memory. */
const ROWS_MAX = 256;
const BYTES_MAX = 1024 * 1024;

/** How many sizes there are between a number and its double: what is filled up is a few rows in a hundred. */
const SIZES_PER_DOUBLING = 8;

/** A batch as a statement to be prepared and its parameters. */
export interface PreparedBatch {
  readonly sql: string;
  readonly values: readonly Buffer[];
}

/**
 * A guarded batch of a few puts as one prepared statement, which spares the server most of what it does with text. There are
 * some dozens of such statements, each for so many rows; the guard's decoy is said several times to fill one up.
 *
 * @returns nothing for a batch of another kind
 */
export function preparedBatchOf(batch: WriteBatch, table: string): PreparedBatch | undefined {
  const { guard, puts = [], deletes = [], deleteRanges = [] } = batch;
  if (guard?.expected === undefined || deletes.length > 0 || deleteRanges.length > 0) return undefined;
  if (puts.length > ROWS_MAX || bytesOf(guard, puts) > BYTES_MAX) return undefined;
  const rows = sizeFor(puts.length);
  const key = asBuffer(guard.key);
  const decoy = decoyOf(guard);
  const values: Buffer[] = [];
  for (let filled = puts.length; filled <= rows; filled++) values.push(key, decoy);
  values.push(key, asBuffer(guard.next));
  for (const [putKey, value] of puts) values.push(asBuffer(putKey), asBuffer(value));
  values.push(key, asBuffer(guard.expected), decoy);
  return { sql: sqlOf(table, rows), values };
}

/** The least number of rows, not below this one, that there is a statement for. */
function sizeFor(rows: number): number {
  let step = 1;
  while (rows > 2 * SIZES_PER_DOUBLING * step) step *= 2;
  return Math.ceil(rows / step) * step;
}

function bytesOf({ key, expected, next }: Guard, puts: readonly Entry[]): number {
  let bytes = key.length + next.length + (expected?.length ?? 0);
  for (const [putKey, value] of puts) bytes += putKey.length + value.length;
  return bytes;
}

/** What the batch would be as text, without the literals. */
function sqlOf(table: string, rows: number): string {
  const [start, end] = insertFrame(table, guardedUpdate({ key: '?', differs: 'v<>?', decoy: '?' }));
  return start + new Array<string>(rows + 2).fill('(?,?)').join(',') + end;
}
