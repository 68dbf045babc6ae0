import { crc32 } from 'node:zlib';

/** How many bytes the loop takes in one step. */
const STEP = 8;

/** From here on zlib is faster, whose call costs as much as the loop over so many bytes. */
const ZLIB_BYTES = 256;

/**
 * CRC-32 (IEEE 802.3) by "slicing by 8" (Kounavis and Berry, 2005): table t, at `256 * t`, holds what a byte is worth when t bytes
 * come behind it in the same step.
 */
const TABLES = new Int32Array(256 * STEP);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  TABLES[byte] = crc;
}
for (let at = 256; at < TABLES.length; at++) {
  const before = TABLES[at - 256]!;
  TABLES[at] = TABLES[before & 255]! ^ (before >>> 8);
}

/** Goes on from `crc`, the inverted checksum of what comes before, with the bytes from `begin` on. */
function update(crc: number, bytes: Uint8Array, begin: number): number {
  let i = begin;
  for (const end = bytes.length - STEP; i <= end; i += STEP) {
    crc =
      TABLES[1792 + ((crc ^ bytes[i]!) & 255)]! ^
      TABLES[1536 + (((crc >>> 8) ^ bytes[i + 1]!) & 255)]! ^
      TABLES[1280 + (((crc >>> 16) ^ bytes[i + 2]!) & 255)]! ^
      TABLES[1024 + ((crc >>> 24) ^ bytes[i + 3]!)]! ^
      TABLES[768 + bytes[i + 4]!]! ^
      TABLES[512 + bytes[i + 5]!]! ^
      TABLES[256 + bytes[i + 6]!]! ^
      TABLES[bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) crc = TABLES[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return crc;
}

/** CRC-32 of a row's key, followed by the bytes of the row from `begin` on. */
export function rowChecksum(rowKey: Uint8Array, row: Uint8Array, begin: number): number {
  const crc = update(-1, rowKey, 0);
  if (row.length < ZLIB_BYTES) return ~update(crc, row, begin) >>> 0;
  return crc32(row.subarray(begin), ~crc >>> 0);
}

/** CRC-32 of a row's key followed by its payload. */
export function sealChecksum(rowKey: string, payload: Uint8Array): number {
  return crc32(payload, keyChecksum(rowKey));
}

function keyChecksum(rowKey: string): number {
  let crc = -1;
  for (let i = 0; i < rowKey.length; i++) crc = TABLES[(crc ^ rowKey.charCodeAt(i)) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
