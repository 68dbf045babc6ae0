import { isEmptyRange, successor, type KeyRange, type MaybePromise, type RangeEstimate } from '@pandakv/core/engine';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Table } from './table.js';

/** So many rows are counted in some milliseconds. */
const SLICE_ROWS = 16_384;

/**
 * Keys and bytes of a range, counted: of values only the length is read. A range of more than one slice is counted over
 * several turns, so that others are not kept waiting; then what is written meanwhile may be counted or not.
 */
export function estimateRange(table: Table, range: KeyRange): MaybePromise<RangeEstimate> {
  if (isEmptyRange(range)) return { keys: 0, bytes: 0 };
  const { keys, bytes, last } = table.measure(range, SLICE_ROWS);
  return keys < SLICE_ROWS ? { keys, bytes } : countOn(table, range, { keys, bytes }, last!);
}

async function countOn(table: Table, { end }: KeyRange, sum: RangeEstimate, from: Uint8Array): Promise<RangeEstimate> {
  let { keys, bytes } = sum;
  for (let last = from; ;) {
    await nextTurn();
    const slice = table.measure({ start: successor(last), end }, SLICE_ROWS);
    keys += slice.keys;
    bytes += slice.bytes;
    if (slice.keys < SLICE_ROWS) return { keys, bytes };
    last = slice.last!;
  }
}
