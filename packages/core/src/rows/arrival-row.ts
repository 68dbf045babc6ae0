import type { Timestamp } from '../clock/index.js';
import type { Key, Span } from '../keys/index.js';
import { ROW_SPACE } from './row-space.js';
import { pack, seal, unpack, unseal } from './sealed-row.js';

/**
 * `m/arrival/` + move: a range came to this shard with its history, which the journal here does not name. Once everything of it is due
 * for collection, the rows are looked through.
 */
export interface ArrivalRow extends Span {
  readonly move: string;
  /** What came was superseded before. */
  readonly timestamp: Timestamp;
}

export const ARRIVAL_ROW_PREFIX: Key = `${ROW_SPACE.meta}/arrival/`;

export function arrivalRowKey(move: string): Key {
  return ARRIVAL_ROW_PREFIX + move;
}

export function encodeArrivalRow({ move, start, end, timestamp }: ArrivalRow): Buffer {
  return seal(arrivalRowKey(move), pack([start, end ?? null, timestamp]));
}

export function decodeArrivalRow(rowKey: Key, bytes: Uint8Array): ArrivalRow {
  const [start, end, timestamp] = unpack(unseal(rowKey, bytes)) as [Key, Key | null, Timestamp];
  return { move: rowKey.slice(ARRIVAL_ROW_PREFIX.length), start, end: end ?? undefined, timestamp };
}
