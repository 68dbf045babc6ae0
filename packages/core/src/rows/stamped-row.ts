import type { Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { bytesHex } from '../keys/index.js';
import { rowChecksum } from './checksum.js';
import { readUint53, writeUint53 } from './uint53.js';

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
  row.writeUInt32BE(rowChecksum(rowKey, row, 4, value), 0);
  return row;
}

/** The checksum that the row would have. */
export function stampedChecksum(rowKey: Uint8Array, timestamp: Timestamp, value: Uint8Array): number {
  const stamp = Buffer.allocUnsafe(STAMP_BYTES);
  writeUint53(stamp, timestamp, 4);
  return rowChecksum(rowKey, stamp, 4, value);
}

/** Decodes and verifies; a damaged or misdirected row is `Corruption`, never served. */
export function decodeStamped(rowKey: Uint8Array, bytes: Uint8Array): StampedValue {
  const row = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (row.length >= STAMP_BYTES) {
    const value = row.subarray(STAMP_BYTES);
    if (row.readUInt32BE(0) === rowChecksum(rowKey, row, 4, value)) return { timestamp: readUint53(row, 4), value };
  }
  throw new PandaError('Corruption', 'A row does not match its checksum', { key: bytesHex(rowKey.subarray(1)) });
}
