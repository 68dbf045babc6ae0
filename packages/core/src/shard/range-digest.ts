import { crc32 } from 'node:zlib';
import type { Timestamp } from '../clock/index.js';
import type { Engine } from '../engine/index.js';
import type { Key } from '../keys/index.js';
import { currentRowRange, currentRowSpan, decodeStamped } from '../rows/index.js';
import { historyOf } from './history.js';
import type { DigestRequest, RangeDigest } from './range-transfer.js';
import { SCAN_BYTES_MAX } from './scan-limits.js';

const HEADER_BYTES = 16;
const WORD = 2 ** 32;
const SUM_MOD = 2 ** 48;

/** A sum over versions, in any order. */
class Sum {
  count = 0;
  #low = 0;
  #high = 0;

  add(key: Key, written: Timestamp, superseded: Timestamp, value: Uint8Array): void {
    const header = Buffer.allocUnsafe(HEADER_BYTES + key.length);
    header.writeDoubleBE(written, 0);
    header.writeDoubleBE(superseded, 8);
    header.write(key, HEADER_BYTES, 'latin1');
    const crc = crc32(value, crc32(header));
    this.count++;
    this.#low = (this.#low + crc * 65_537) % SUM_MOD;
    // A checksum is linear; what is mixed into it is not, so that two errors do not cancel each other.
    this.#high = (this.#high + mixed(crc ^ (written % WORD)) * 257 + value.length) % SUM_MOD;
  }

  toString(): string {
    return `${this.count}.${this.#low.toString(36)}.${this.#high.toString(36)}`;
  }
}

function mixed(word: number): number {
  let x = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/**
 * A digest of the versions of a span that were committed up to a timestamp, from the rows in the engine. The current rows are read
 * first: a version that is superseded meanwhile is then in history too, where it is known again; read the other way round it would be
 * missed.
 */
export async function digestRows(
  engine: Engine,
  { span, timestamp, keysMax, byKey: isByKey = false }: DigestRequest,
): Promise<RangeDigest> {
  const all = new Sum();
  const byKey = new Map<Key, Sum>();
  const add = (key: Key, written: Timestamp, superseded: Timestamp, value: Uint8Array): void => {
    if (isByKey) {
      let sum = byKey.get(key);
      if (sum === undefined) byKey.set(key, (sum = new Sum()));
      sum.add(key, written, superseded, value);
    }
    all.add(key, written, superseded, value);
  };
  const current = new Map<Key, Timestamp>();
  let covered = span;
  let range: ReturnType<typeof currentRowRange> | undefined = currentRowRange(span);
  for (let left = keysMax; range !== undefined;) {
    const page: Awaited<ReturnType<Engine['scan']>> = await engine.scan(range, {
      limit: Math.min(left, 65_536),
      maxBytes: SCAN_BYTES_MAX,
    });
    for (const [rowKey, row] of page.entries) {
      const version = decodeStamped(rowKey, row);
      if (version.timestamp > timestamp) continue;
      const key = latin1(rowKey).slice(1);
      current.set(key, version.timestamp);
      add(key, version.timestamp, 0, version.value);
    }
    left -= page.entries.length;
    range = page.rest;
    if (range === undefined || left > 0) continue;
    covered = { start: span.start, end: currentRowSpan(range).start };
    break;
  }
  for await (const version of historyOf(engine, covered, false)) {
    const { key, timestamp: written, superseded, value } = version;
    if (written > timestamp || current.get(key) === written) continue;
    add(key, written, superseded <= timestamp ? superseded : 0, value!);
  }
  return {
    covered,
    versions: all.count,
    digest: all.toString(),
    keys: [...byKey].map(([key, sum]) => [key, sum.toString()] as const),
  };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
