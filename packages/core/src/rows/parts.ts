import type { Entry } from '../engine/index.js';
import { invariant } from '../errors/index.js';
import { rowKeyBytes } from './row-space.js';
import { seal, unseal } from './sealed-row.js';

/** Rows larger than this are written in numbered parts, so that no engine meets a row over the SPI's limit. */
export const PART_BYTES_MAX = 1024 * 1024;

const COUNT_BYTES = 2;
const SUFFIX_CHARS = 2;

/** A payload as one row or several: `rowKey` + part number (2 bytes), each part sealed, the first one telling how many. */
export function encodeParts(rowKey: string, payload: Uint8Array): Entry[] {
  const count = Math.max(1, Math.ceil(payload.length / PART_BYTES_MAX));
  const entries: Entry[] = [];
  for (let part = 0; part < count; part++) {
    const piece = payload.subarray(part * PART_BYTES_MAX, (part + 1) * PART_BYTES_MAX);
    const framed = Buffer.allocUnsafe(COUNT_BYTES + piece.length);
    framed.writeUInt16BE(count, 0);
    framed.set(piece, COUNT_BYTES);
    const key = partKey(rowKey, part);
    entries.push([rowKeyBytes(key), seal(key, framed)]);
  }
  return entries;
}

export function partKey(rowKey: string, part: number): string {
  return rowKey + String.fromCharCode(part >>> 8, part & 255);
}

/** How many rows a payload of this many bytes takes. */
export function partCount(payloadBytes: number): number {
  return Math.max(1, Math.ceil(payloadBytes / PART_BYTES_MAX));
}

/** Puts parts together again, as they come from scans in key order. */
export class PartsDecoder {
  #rowKey: string | undefined;
  #pieces: Buffer[] = [];
  #count = 0;

  /** The whole payload with its row's key, once its last part was added. */
  add(key: string, bytes: Uint8Array): { rowKey: string; payload: Buffer; parts: number } | undefined {
    const rowKey = key.slice(0, -SUFFIX_CHARS);
    const framed = unseal(key, bytes);
    const part = (key.charCodeAt(key.length - 2) << 8) | key.charCodeAt(key.length - 1);
    if (part === 0) {
      invariant(this.#pieces.length === 0, 'a row in parts is complete before the next begins');
      this.#rowKey = rowKey;
      this.#count = framed.readUInt16BE(0);
    }
    invariant(rowKey === this.#rowKey && part === this.#pieces.length, 'the parts of a row follow each other');
    this.#pieces.push(framed.subarray(COUNT_BYTES));
    if (this.#pieces.length < this.#count) return undefined;
    const payload = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    const parts = this.#count;
    this.#pieces = [];
    this.#rowKey = undefined;
    return { rowKey, payload, parts };
  }

  /** Asserts that no row was left unfinished. */
  finish(): void {
    invariant(this.#pieces.length === 0, 'a row in parts has all its parts');
  }
}
