import type { Database } from '@pandakv/core';
import type { Comparison, Target } from '../benchmark.js';
import { valueOf } from '../data.js';

/** With its key of 16 bytes, a row has 110. */
const VALUE_BYTES = 94;
const BATCH_ROWS = 2_000;
const BATCHES_AT_ONCE = 4;

export const WANTED_ROWS_PER_SECOND = 100_000;

export function keyOf(number: number, prefix = 'row:'): string {
  return prefix + String(number).padStart(12, '0');
}

export function rowValue(number: number): Buffer {
  return valueOf(number).subarray(0, VALUE_BYTES);
}

/** Writes rows in key order, some batches at once. */
export async function fill(database: Database, rows: number, prefix?: string): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < rows) {
      const from = next;
      next = Math.min(rows, from + BATCH_ROWS);
      const numbers = Array.from({ length: next - from }, (_, at) => from + at);
      await database.write(
        numbers.map((number) => ({ type: 'set', key: keyOf(number, prefix), value: rowValue(number) }) as const),
      );
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, lane));
}

/** Fails unless a sample of the rows is there. */
export async function verifyRows(database: Database, rows: number): Promise<void> {
  for (let number = 0; number < rows; number += Math.max(1, Math.floor(rows / 200))) {
    const value = await database.get(keyOf(number));
    if (value === undefined || !rowValue(number).equals(value)) throw new Error(`Row ${number} is not what was written`);
  }
}

/** A figure of Panda against what is asked for. */
export function against(
  name: string,
  unit: Comparison['unit'],
  what: string,
  value: number,
  wanted: number,
  target: Target,
): Comparison {
  return {
    name,
    unit,
    base: { what: 'what is asked for', value: wanted },
    panda: { what, value },
    ratio: value / wanted,
    target,
  };
}

/** What a move of an idle range took, against what is asked for and against an offline copy. */
export function moveComparisons(
  name: string,
  what: string,
  rows: number,
  tookMs: number,
  offline: string,
  offlineMs: number,
): Comparison[] {
  const value = (rows / tookMs) * 1_000;
  const base = (rows / offlineMs) * 1_000;
  return [
    against(name, 'rows/s', `${what}, ${rows} rows`, value, WANTED_ROWS_PER_SECOND, { atLeast: 1 }),
    { name: `${name}Offline`, unit: 'rows/s', base: { what: offline, value: base }, panda: { what, value }, ratio: value / base },
  ];
}
