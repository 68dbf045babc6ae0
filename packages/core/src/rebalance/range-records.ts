import {
  ALL_RANGES,
  decodeNumber,
  decodeRangeRecord,
  encodeNumber,
  encodeRangeRecord,
  LAST_RANGE_NUMBER_KEY,
  rangeRecordKey,
  type RangeDescriptor,
} from '../catalog/index.js';
import { invariant, PandaError } from '../errors/index.js';
import { keyAfter, keyBytes, type Key } from '../keys/index.js';
import type { Transaction } from '../transaction/index.js';

/** The range that holds a key. */
export async function rangeHolding(transaction: Transaction, key: Key): Promise<RangeDescriptor> {
  return await lastBefore(transaction, keyAfter(rangeRecordKey(key)));
}

/** The range that ends where another begins. */
export async function rangeBefore(transaction: Transaction, start: Key): Promise<RangeDescriptor> {
  return await lastBefore(transaction, rangeRecordKey(start));
}

async function lastBefore(transaction: Transaction, recordKey: Key): Promise<RangeDescriptor> {
  const records = { start: keyBytes(ALL_RANGES.start), end: keyBytes(recordKey) };
  for await (const [key, value] of transaction.scan(records, { reverse: true, limit: 1 })) return decodeRangeRecord(key, value);
  invariant(false, 'the catalog has a range for every key');
}

/** Refuses a range that is another by now than the caller knows. */
export async function sameRange(transaction: Transaction, known: RangeDescriptor): Promise<RangeDescriptor> {
  const range = await rangeHolding(transaction, known.start);
  if (range.id === known.id && range.epoch === known.epoch) return range;
  throw new PandaError('InvalidArgument', 'The range has been split, merged or moved meanwhile', { range: known.id });
}

export function putRange(transaction: Transaction, range: RangeDescriptor): void {
  transaction.set(keyBytes(rangeRecordKey(range.start)), encodeRangeRecord(range));
}

export function deleteRange(transaction: Transaction, range: RangeDescriptor): void {
  transaction.delete(keyBytes(rangeRecordKey(range.start)));
}

/** An id that no range of the database has had. */
export async function newRangeId(transaction: Transaction): Promise<string> {
  const number = decodeNumber(await transaction.get(keyBytes(LAST_RANGE_NUMBER_KEY))) + 1;
  transaction.set(keyBytes(LAST_RANGE_NUMBER_KEY), encodeNumber(number));
  return `r${number}`;
}
