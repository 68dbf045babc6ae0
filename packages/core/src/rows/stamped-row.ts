import type { Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { bytesFrom, bytesHex } from '../keys/index.js';
import { rowChecksum } from './checksum.js';
import { TWO_32, writeUint53 } from './uint53.js';

/** checksum (4 bytes) + timestamp (8 bytes), then the value. */
export const STAMP_BYTES = 12;

/** A value with the timestamp that stands beside it in a current or a history row. */
export interface StampedValue {
  readonly timestamp: Timestamp;
  readonly value: Uint8Array;
}

export function encodeStamped(rowKey: Uint8Array, timestamp: Timestamp, value: Uint8Array): Buffer {
  const row = Buffer.allocUnsafe(STAMP_BYTES + value.length);
  row.set(value, STAMP_BYTES);
  writeUint53(row, timestamp, 4);
  row.writeUInt32BE(rowChecksum(rowKey, row, 4), 0);
  return row;
}

/** The checksum that the row would have. */
export function stampedChecksum(rowKey: Uint8Array, timestamp: Timestamp, value: Uint8Array): number {
  return encodeStamped(rowKey, timestamp, value).readUInt32BE(0);
}

/** Decodes and verifies; a damaged or misdirected row is `Corruption`, never served. */
export function decodeStamped(rowKey: Uint8Array, row: Uint8Array): StampedValue {
  if (row.length >= STAMP_BYTES && readUint32(row, 0) === rowChecksum(rowKey, row, 4)) {
    return { timestamp: readUint32(row, 4) * TWO_32 + readUint32(row, 8), value: bytesFrom(row, STAMP_BYTES) };
  }
  throw new PandaError('Corruption', 'A row does not match its checksum', { key: bytesHex(rowKey.subarray(1)) });
}

function readUint32(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>> 0;
}
