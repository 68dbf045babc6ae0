import { crc32 } from 'node:zlib';

const TABLE = new Int32Array(256).map((_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/**
 * CRC-32 (IEEE 802.3) of a row: its key, 8 bytes at `offset` of `row` (the timestamp) and its value, in this order. Key and
 * timestamp are short, so a loop beats the call into zlib; the value goes to zlib.
 */
export function rowChecksum(rowKey: Uint8Array, row: Uint8Array, offset: number, value: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < rowKey.length; i++) crc = TABLE[(crc ^ rowKey[i]!) & 255]! ^ (crc >>> 8);
  for (let i = offset; i < offset + 8; i++) crc = TABLE[(crc ^ row[i]!) & 255]! ^ (crc >>> 8);
  return crc32(value, ~crc >>> 0);
}

/** CRC-32 of a row's key followed by its payload. */
export function sealChecksum(rowKey: string, payload: Uint8Array): number {
  return crc32(payload, keyChecksum(rowKey));
}

function keyChecksum(rowKey: string): number {
  let crc = -1;
  for (let i = 0; i < rowKey.length; i++) crc = TABLE[(crc ^ rowKey.charCodeAt(i)) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
