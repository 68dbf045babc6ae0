import type { Timestamp } from '../clock/index.js';
import { chain } from '../engine/index.js';
import { toSpan, userKey, type Bytes, type Range } from '../keys/index.js';
import type { Reader } from './reader.js';
import { checkScanOptions, type ScanOptions } from './scan-options.js';
import type { BoundedCalls, CallOptions } from './bounded-calls.js';
import { copyOf } from './copy.js';
import { EntryStream, type Entries } from './entry-stream.js';

/** The whole database as it was at one timestamp. Reading it disturbs nobody and never conflicts. */
export class Snapshot {
  readonly #reader: Reader;
  readonly #calls: BoundedCalls;
  readonly #check: () => void;

  /** @internal */
  constructor(reader: Reader, calls: BoundedCalls, check: () => void) {
    this.#reader = reader;
    this.#calls = calls;
    this.#check = check;
  }

  get timestamp(): Timestamp {
    return this.#reader.timestamp;
  }

  async get(key: Bytes, options?: CallOptions): Promise<Uint8Array | undefined> {
    this.#check();
    const checked = userKey(key);
    if (options === undefined) return chain(this.#reader.get(checked), ({ value }) => copyOf(value));
    return await this.#calls.run(options, async () => copyOf((await this.#reader.get(checked)).value));
  }

  /** Values in the order asked. */
  async getMany(keys: readonly Bytes[], options?: CallOptions): Promise<(Uint8Array | undefined)[]> {
    this.#check();
    const checked = keys.map(userKey);
    return (await this.#calls.run(options, () => this.#reader.getMany(checked))).map(({ value }) => copyOf(value));
  }

  /** Keys and values of a range, in key order, fetched page by page as they are taken. */
  scan(range: Range, options: ScanOptions & CallOptions = {}): Entries {
    const stream: EntryStream = new EntryStream(() => {
      const { reverse, limit } = checkScanOptions(options);
      const span = toSpan(range);
      this.#check();
      return { pages: this.#reader.pages(span, reverse, () => stream.left), limit, check: this.#check };
    });
    return this.#calls.scan(options, stream);
  }
}
