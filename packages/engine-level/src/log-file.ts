import { open } from 'node:fs/promises';

/**
 * LevelDB's log format, which its manifests have too: blocks of 32 KiB with fragments of records. A fragment is a masked
 * CRC-32C (4 bytes, little-endian) of all that follows the length, the length of its payload (2), its type (1) and the payload.
 */
const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
const READ_BYTES = 32 * BLOCK_BYTES;

/** A whole record, or the first fragment of one; the other types go on with it. */
const WHOLE = 1;
const FIRST = 2;

export interface Fragment {
  /** It begins a record. */
  readonly begins: boolean;
  /** Missing where the checksum is wrong, or nothing that could be a fragment is there. */
  readonly payload: Uint8Array | undefined;
}

/**
 * Visits the fragments of a log in order. What the file ends in the middle of is not visited: so ends a log whose writer was
 * killed.
 */
export async function visitLog(path: string, visit: (fragment: Fragment) => void): Promise<void> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (let position = 0; ; position += READ_BYTES) {
      const length = await fill(file, buffer, position);
      for (let start = 0; start < length; start += BLOCK_BYTES) {
        visitBlock(buffer.subarray(start, Math.min(start + BLOCK_BYTES, length)), visit);
      }
      if (length < READ_BYTES) return;
    }
  } finally {
    await file.close();
  }
}

/** A single read may bring less than there is. */
async function fill(file: Awaited<ReturnType<typeof open>>, buffer: Buffer, position: number): Promise<number> {
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, position + length);
    length += bytesRead;
    if (bytesRead === 0 || length === buffer.length) return length;
  }
}

function visitBlock(block: Buffer, visit: (fragment: Fragment) => void): void {
  // What is left of a block and too short for a header is padding.
  for (let at = 0; at + HEADER_BYTES <= block.length;) {
    const end = at + HEADER_BYTES + block.readUInt16LE(at + 4);
    if (end > block.length) {
      if (block.length === BLOCK_BYTES) visit({ begins: false, payload: undefined });
      return;
    }
    const type = block[at + 6]!;
    const intact = type !== 0 && unmask(block.readUInt32LE(at)) === crc32c(block, at + 6, end);
    const payload = intact ? block.subarray(at + HEADER_BYTES, end) : undefined;
    visit({ begins: type === WHOLE || type === FIRST, payload });
    at = end;
  }
}

function unmask(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

const CASTAGNOLI = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

function crc32c(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1;
  for (let i = start; i < end; i++) crc = CASTAGNOLI[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
