import type { Timestamp } from '../clock/index.js';
import type { Engine } from '../engine/index.js';
import type { Key } from '../keys/index.js';
import { currentRowKey, currentRowRange, currentRowSpan, decodeStamped, stampedChecksum } from '../rows/index.js';
import { historyOf, type HistoryVersion } from './history.js';
import type { DigestRequest, RangeDigest } from './range-transfer.js';
import { SCAN_BYTES_MAX } from './scan-limits.js';
import { thresholdOf, type Threshold } from './threshold.js';

const WORD = 2 ** 32;
const SUM_MOD = 2 ** 48;

/** A sum over versions, in any order. */
class Sum {
  count = 0;
  #low = 0;
  #high = 0;

  /** @param checksum of the version as a current row: over its key, when it was written, and its value */
  add(checksum: number, written: Timestamp, superseded: Timestamp, length: number): void {
    const word = superseded === 0 ? checksum : mixed(checksum ^ (superseded % WORD)) ^ Math.floor(superseded / WORD);
    this.count++;
    this.#low = (this.#low + (word >>> 0) * 65_537) % SUM_MOD;
    // A checksum is linear; what is mixed into it is not, so that two errors do not cancel each other.
    this.#high = (this.#high + mixed(word ^ (written % WORD)) * 257 + length) % SUM_MOD;
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

/** The versions of a span, as they are met. */
class VersionSums {
  readonly all = new Sum();
  readonly byKey = new Map<Key, Sum>();
  readonly #timestamp: Timestamp;
  readonly #thresholds: readonly Threshold[];
  readonly #isByKey: boolean;
  /** Row keys of the current rows that were counted, and when they were written. */
  readonly #rowKeys: Uint8Array[] = [];
  readonly #written: Timestamp[] = [];
  #current: Map<Key, Timestamp> | undefined;

  constructor({ timestamp, thresholds, byKey = false }: DigestRequest) {
    this.#timestamp = timestamp;
    this.#thresholds = thresholds;
    this.#isByKey = byKey;
  }

  addCurrent(rowKey: Uint8Array, row: Uint8Array): void {
    const { timestamp: written, value } = decodeStamped(rowKey, row);
    if (written > this.#timestamp) return;
    this.#rowKeys.push(rowKey);
    this.#written.push(written);
    this.all.add(checksumOf(row), written, 0, value.length);
    if (this.#isByKey) this.#sumOf(userKeyOf(rowKey)).add(checksumOf(row), written, 0, value.length);
  }

  addHistory({ key, timestamp: written, superseded, value }: HistoryVersion): void {
    if (written > this.#timestamp || superseded <= thresholdOf(key, this.#thresholds)) return;
    if (this.#currentAt(key) === written) return;
    const checksum = stampedChecksum(currentRowKey(key), written, value!);
    const end = superseded <= this.#timestamp ? superseded : 0;
    this.all.add(checksum, written, end, value!.length);
    if (this.#isByKey) this.#sumOf(key).add(checksum, written, end, value!.length);
  }

  /** Most ranges have far less history than current rows, many have none: the map is made when it is needed. */
  #currentAt(key: Key): Timestamp | undefined {
    this.#current ??= new Map(this.#rowKeys.map((rowKey, at) => [userKeyOf(rowKey), this.#written[at]!]));
    return this.#current.get(key);
  }

  #sumOf(key: Key): Sum {
    let sum = this.byKey.get(key);
    if (sum === undefined) this.byKey.set(key, (sum = new Sum()));
    return sum;
  }
}

/**
 * A digest of the versions of a span that were committed up to a timestamp, from the rows in the engine. The current rows are read
 * first: a version that is superseded meanwhile is then in history too, where it is known again; read the other way round it would be
 * missed.
 */
export async function digestRows(engine: Engine, request: DigestRequest): Promise<RangeDigest> {
  const { span, keysMax } = request;
  const sums = new VersionSums(request);
  let covered = span;
  let range: ReturnType<typeof currentRowRange> | undefined = currentRowRange(span);
  for (let left = keysMax; range !== undefined;) {
    const page: Awaited<ReturnType<Engine['scan']>> = await engine.scan(range, {
      limit: Math.min(left, 65_536),
      maxBytes: SCAN_BYTES_MAX,
    });
    for (const [rowKey, row] of page.entries) sums.addCurrent(rowKey, row);
    left -= page.entries.length;
    range = page.rest;
    if (range === undefined || left > 0) continue;
    covered = { start: span.start, end: currentRowSpan(range).start };
    break;
  }
  for await (const version of historyOf(engine, covered, false)) sums.addHistory(version);
  return {
    covered,
    versions: sums.all.count,
    digest: sums.all.toString(),
    keys: [...sums.byKey].map(([key, sum]) => [key, sum.toString()] as const),
  };
}

/** The checksum that stands in a row, which was verified when it was decoded. */
function checksumOf(row: Uint8Array): number {
  return ((row[0]! << 24) | (row[1]! << 16) | (row[2]! << 8) | row[3]!) >>> 0;
}

function userKeyOf(rowKey: Uint8Array): Key {
  return latin1(rowKey).slice(1);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
