import { Packr } from 'msgpackr';
import { PandaError } from '../errors/index.js';
import { keyHex } from '../keys/index.js';
import { sealChecksum } from './checksum.js';

const packr = new Packr({ useRecords: false, moreTypes: false });
const CHECKSUM_BYTES = 4;

/** A payload behind a checksum over the row's key and itself. */
export function seal(rowKey: string, payload: Uint8Array): Buffer {
  const row = Buffer.allocUnsafe(CHECKSUM_BYTES + payload.length);
  row.set(payload, CHECKSUM_BYTES);
  row.writeUInt32BE(sealChecksum(rowKey, payload), 0);
  return row;
}

export function unseal(rowKey: string, bytes: Uint8Array): Buffer {
  const row = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (row.length >= CHECKSUM_BYTES) {
    const payload = row.subarray(CHECKSUM_BYTES);
    if (row.readUInt32BE(0) === sealChecksum(rowKey, payload)) return payload;
  }
  throw new PandaError('Corruption', 'A row does not match its checksum', { key: keyHex(rowKey) });
}

/** MessagePack of plain data: arrays, numbers, strings, buffers. */
export function pack(data: unknown): Buffer {
  return packr.pack(data);
}

export function unpack(bytes: Uint8Array): unknown {
  return packr.unpack(bytes);
}
