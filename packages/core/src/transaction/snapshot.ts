import type { Timestamp } from '../clock/index.js';
import { chain, type Entry } from '../engine/index.js';
import { toSpan, userKey, type Bytes, type Range } from '../keys/index.js';
import type { Reader } from './reader.js';
import { checkScanOptions, type ScanOptions } from './scan-options.js';
import { copyOf } from './copy.js';
import { EntryStream } from './entry-stream.js';

/** The whole database as it was at one timestamp. Reading it disturbs nobody and never conflicts. */
export class Snapshot {
  readonly #reader: Reader;
  readonly #check: () => void;

  /** @internal */
  constructor(reader: Reader, check: () => void) {
    this.#reader = reader;
    this.#check = check;
  }

  get timestamp(): Timestamp {
    return this.#reader.timestamp;
  }

  async get(key: Bytes): Promise<Uint8Array | undefined> {
    this.#check();
    return chain(this.#reader.get(userKey(key)), ({ value }) => copyOf(value));
  }

  /** Values in the order asked. */
  async getMany(keys: readonly Bytes[]): Promise<(Uint8Array | undefined)[]> {
    this.#check();
    return (await this.#reader.getMany(keys.map(userKey))).map(({ value }) => copyOf(value));
  }

  /** Keys and values of a range, in key order, fetched page by page as they are taken. */
  scan(range: Range, options: ScanOptions = {}): AsyncGenerator<Entry, void, undefined> {
    const stream: EntryStream = new EntryStream(() => {
      const { reverse, limit } = checkScanOptions(options);
      const span = toSpan(range);
      this.#check();
      return { pages: this.#reader.pages(span, reverse, () => stream.left), limit, check: this.#check };
    });
    return stream;
  }
}
