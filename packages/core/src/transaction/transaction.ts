import type { Timestamp } from '../clock/index.js';
import { isPromise, type Entry } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import { keyAfter, SpanSet, toSpan, userKey, userValue, type Bytes, type Key, type Range, type Span } from '../keys/index.js';
import type { RangeChange } from '../rows/index.js';
import type { Precondition, Version } from '../shard/index.js';
import type { Coordinator } from './coordinator.js';
import { copyOf } from './copy.js';
import { ReadSet } from './read-set.js';
import type { Reader } from './reader.js';
import { checkScanOptions, type ScanOptions } from './scan-options.js';
import { WriteBuffer } from './write-buffer.js';

/**
 * - `serializable`: strict serializability; what the transaction read must not have changed when it commits.
 * - `snapshot`: reads are not validated, but for keys that it also writes. Write skew is possible.
 */
export type Isolation = 'serializable' | 'snapshot';

export interface TransactionParts {
  readonly coordinator: Coordinator;
  readonly reader: Reader;
  readonly id: string;
  /** What it writes from the start; nothing unless given. */
  readonly writes?: WriteBuffer;
  /** Whoever runs the transaction tells the coordinator when it begins and ends. */
  readonly isHeld: boolean;
  /** Id of the attempt. */
  readonly attempt: string;
  readonly isolation: Isolation;
  /** No commit is tried after this. */
  readonly expiry: Timestamp;
  readonly preconditions?: readonly Precondition[];
  /** By shard: what becomes of the ranges that it owns, if the transaction writes anything. May be filled until the commit. */
  readonly rangeChanges?: ReadonlyMap<string, RangeChange>;
}

/**
 * An interactive transaction. Reads go to a snapshot and see the transaction's own writes; writes are buffered and sent at
 * commit. Use after commit or abort fails with `Closed`.
 */
export class Transaction {
  /** The same for every attempt at the transaction; {@link Database.outcome} takes it. */
  readonly id: string;
  readonly #parts: TransactionParts;
  readonly #writes: WriteBuffer;
  readonly #reads = new ReadSet();
  #state: 'open' | 'ended' = 'open';

  /** @internal */
  constructor(parts: TransactionParts) {
    this.id = parts.id;
    this.#parts = parts;
    this.#writes = parts.writes ?? new WriteBuffer();
    if (!parts.isHeld) parts.coordinator.begun(this.id);
  }

  get readTimestamp(): Timestamp {
    return this.#parts.reader.timestamp;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  async get(key: Bytes): Promise<Uint8Array | undefined> {
    this.#checkOpen();
    const checked = userKey(key);
    const mine = this.#writes.get(checked);
    if (mine !== undefined) return copyOf(mine);
    const read = this.#parts.reader.get(checked);
    return this.#saw(checked, isPromise(read) ? await read : read);
  }

  /** Values in the order asked. */
  async getMany(keys: readonly Bytes[]): Promise<(Uint8Array | undefined)[]> {
    this.#checkOpen();
    const checked = keys.map(userKey);
    const theirs = checked.filter((key) => this.#writes.get(key) === undefined);
    const versions = await this.#parts.reader.getMany(theirs);
    const read = new Map(theirs.map((key, at) => [key, versions[at]!]));
    return checked.map((key) => {
      const version = read.get(key);
      return version === undefined ? copyOf(this.#writes.get(key)) : this.#saw(key, version);
    });
  }

  /** Keys and values of a range, in key order, with the transaction's own writes; fetched page by page as they are taken. */
  async *scan(range: Range, options: ScanOptions = {}): AsyncGenerator<Entry, void, undefined> {
    const { reverse, limit } = checkScanOptions(options);
    const span = toSpan(range);
    let left = limit;
    this.#checkOpen();
    for await (const page of this.#parts.reader.pages(span, reverse, () => left)) {
      this.#checkOpen();
      if (this.#reads.addSpan(page.covered)) this.#writes.countSpan(page.covered);
      for (const entry of this.#writes.overlay(page, reverse)) {
        yield entry;
        if (--left === 0) return;
      }
    }
  }

  set(key: Bytes, value: Bytes): void {
    this.#checkOpen();
    this.#writes.set(userKey(key), userValue(value));
  }

  delete(key: Bytes): void {
    this.#checkOpen();
    this.#writes.set(userKey(key), null);
  }

  /**
   * Deletes every key of a range. At commit the range is read, so a key that somebody adds to it meanwhile is a conflict.
   */
  deleteRange(range: Range): void {
    this.#checkOpen();
    this.#writes.deleteSpan(toSpan(range));
  }

  /** Commits; answers the commit timestamp, or that of its reads when it wrote nothing. */
  commit(): Promise<Timestamp> {
    try {
      this.#checkOpen();
      return this.#writes.deletedSpans.length === 0 ? this.#send() : this.#expandDeletedSpans().then(() => this.#send());
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #send(): Promise<Timestamp> {
    this.#checkOpen();
    const { coordinator, attempt, expiry, isHeld, preconditions = [], rangeChanges } = this.#parts;
    if (this.#writes.writes.size === 0 && preconditions.length === 0) {
      this.abort();
      return Promise.resolve(this.readTimestamp);
    }
    this.#state = 'ended';
    const commit = coordinator.commit({
      transaction: attempt,
      readTimestamp: this.readTimestamp,
      expiry,
      readKeys: this.#validatedKeys(),
      readSpans: this.#validatedSpans(),
      writeKeys: [...this.#writes.writes.keys()],
      writeValues: [...this.#writes.writes.values()],
      preconditions,
      rangeChanges,
    });
    return isHeld ? commit : commit.finally(() => coordinator.ended(this.id));
  }

  /** Drops everything. After a commit, or a second time, it does nothing. */
  abort(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    if (!this.#parts.isHeld) this.#parts.coordinator.ended(this.id);
  }

  #saw(key: Key, version: Version): Uint8Array | undefined {
    this.#checkOpen();
    if (!this.#reads.keys.has(key)) this.#writes.count(key.length);
    this.#reads.addKey(key, version.timestamp);
    return copyOf(version.value);
  }

  #validatedKeys(): ReadonlyMap<Key, Timestamp> {
    const { keys } = this.#reads;
    if (this.#parts.isolation === 'serializable') return keys;
    return new Map([...keys].filter(([key]) => this.#writes.writes.has(key)));
  }

  /** For snapshot isolation: of what was scanned, the keys that are also written. */
  #validatedSpans(): readonly Span[] {
    const { keys, spans } = this.#reads;
    if (this.#parts.isolation === 'serializable' || spans.length === 0) return spans;
    const scanned = new SpanSet(spans);
    const written = [...this.#writes.writes.keys()].filter((key) => scanned.has(key) && !keys.has(key));
    return written.map((key) => ({ start: key, end: keyAfter(key) }));
  }

  /** A deleted range becomes a delete of each key that is there. Serializable: with the range as read. */
  async #expandDeletedSpans(): Promise<void> {
    try {
      for (const span of this.#writes.deletedSpans) await this.#expandDeletedSpan(span);
      this.#checkOpen();
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  async #expandDeletedSpan(span: Span): Promise<void> {
    for await (const page of this.#parts.reader.pages(span, false, () => Infinity)) {
      if (this.#parts.isolation === 'serializable') this.#reads.addSpan(page.covered);
      for (const [bytes] of page.entries) {
        const key = Buffer.from(bytes).toString('latin1');
        if (!this.#writes.writes.has(key)) this.#writes.set(key, null);
      }
    }
  }

  #checkOpen(): void {
    this.#parts.coordinator.checkOpen();
    if (this.#state === 'open') return;
    throw new PandaError('Closed', 'The transaction was committed or aborted before', { transactionId: this.id });
  }
}
