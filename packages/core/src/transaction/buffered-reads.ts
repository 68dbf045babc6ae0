import { isPromise } from '../engine/index.js';
import { toSpan, userKey, type Bytes, type Key, type Range } from '../keys/index.js';
import type { Version } from '../shard/index.js';
import { copyOf } from './copy.js';
import { EntryStream, type Entries } from './entry-stream.js';
import type { ReadSet } from './read-set.js';
import type { Page, Reader } from './reader.js';
import { checkScanOptions, type ScanOptions } from './scan-options.js';
import type { TransactionRecord } from './transaction-statistics.js';
import type { WriteBuffer } from './write-buffer.js';

export interface BufferedReadsParts {
  readonly reader: Reader;
  readonly writes: WriteBuffer;
  /** What is read is noted here, to be validated at commit; missing where it may change. */
  readonly reads?: ReadSet;
  readonly record: TransactionRecord;
  /** Throws when the transaction must not go on. */
  readonly check: () => void;
}

/** What a transaction reads: its snapshot, under its own writes. */
export class BufferedReads {
  readonly #parts: BufferedReadsParts;

  constructor(parts: BufferedReadsParts) {
    this.#parts = parts;
  }

  async get(key: Bytes): Promise<Uint8Array | undefined> {
    const { check, reader, record, writes } = this.#parts;
    check();
    const checked = userKey(key);
    const mine = writes.get(checked);
    if (mine !== undefined) return copyOf(mine);
    record.readKeys(1);
    const read = reader.get(checked);
    return this.#saw(checked, isPromise(read) ? await read : read);
  }

  /** Values in the order asked. */
  async getMany(keys: readonly Bytes[]): Promise<(Uint8Array | undefined)[]> {
    const { check, reader, record, writes } = this.#parts;
    check();
    const checked = keys.map(userKey);
    const theirs = checked.filter((key) => writes.get(key) === undefined);
    if (theirs.length > 0) record.readKeys(theirs.length);
    const versions = await reader.getMany(theirs);
    const read = new Map(theirs.map((key, at) => [key, versions[at]!]));
    return checked.map((key) => {
      const version = read.get(key);
      return version === undefined ? copyOf(writes.get(key)) : this.#saw(key, version);
    });
  }

  /** Keys and values of a range, in key order; fetched page by page as they are taken. */
  scan(range: Range, options: ScanOptions = {}): Entries {
    const { check, reader } = this.#parts;
    const stream: EntryStream = new EntryStream(() => {
      const { reverse, limit } = checkScanOptions(options);
      const span = toSpan(range);
      check();
      return {
        pages: this.#overlaid(
          reader.pages(span, reverse, () => stream.left),
          reverse,
        ),
        limit,
        check,
      };
    });
    return stream;
  }

  async *#overlaid(pages: AsyncGenerator<Page>, reverse: boolean): AsyncGenerator<Pick<Page, 'entries'>, void, undefined> {
    const { check, reads, record, writes } = this.#parts;
    for await (const page of pages) {
      check();
      record.readPage();
      if (reads?.addSpan(page.covered) === true) writes.countSpan(page.covered);
      yield { entries: writes.overlay(page, reverse) };
    }
  }

  #saw(key: Key, version: Version): Uint8Array | undefined {
    const { check, reads, writes } = this.#parts;
    check();
    if (reads !== undefined) {
      if (!reads.keys.has(key)) writes.count(key.length);
      reads.addKey(key, version.timestamp);
    }
    return copyOf(writes.onto(key, version.value));
  }
}
