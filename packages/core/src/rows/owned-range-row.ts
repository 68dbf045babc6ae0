import type { Key } from '../keys/index.js';
import { ROW_SPACE } from './row-space.js';
import { pack, seal, unpack, unseal } from './sealed-row.js';

/** `r` + start key: a range that the shard owns. */
export interface OwnedRangeRow {
  readonly id: string;
  readonly start: Key;
  readonly end: Key | undefined;
  /** Raised whenever the range changes hands or shape; requests name the epoch that they were routed by. */
  readonly epoch: number;
}

export function ownedRangeRowKey(start: Key): Key {
  return ROW_SPACE.ownedRange + start;
}

export function encodeOwnedRangeRow(range: OwnedRangeRow): Buffer {
  return seal(ownedRangeRowKey(range.start), pack([range.id, range.end ?? null, range.epoch]));
}

export function decodeOwnedRangeRow(rowKey: Key, bytes: Uint8Array): OwnedRangeRow {
  const [id, end, epoch] = unpack(unseal(rowKey, bytes)) as [string, string | null, number];
  return { id, start: rowKey.slice(1), end: end ?? undefined, epoch };
}
