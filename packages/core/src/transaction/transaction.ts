import type { Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import {
  keyBytes,
  keyHex,
  keyOrRangeSpan,
  spanIsEmpty,
  toSpan,
  userKey,
  userValue,
  type Bytes,
  type Range,
  type Span,
} from '../keys/index.js';
import type { RangeChange } from '../rows/index.js';
import { versionstampOf, type Precondition } from '../shard/index.js';
import { checkAtomicChange, type AtomicChange } from './atomic-change.js';
import { BufferedReads } from './buffered-reads.js';
import { checkSignal } from './cancellation.js';
import type { CommitWork } from './commit-plan.js';
import type { Coordinator } from './coordinator.js';
import type { Entries } from './entry-stream.js';
import type { HeldLocks } from './held-locks.js';
import { ReadSet } from './read-set.js';
import type { Reader } from './reader.js';
import type { ScanOptions } from './scan-options.js';
import { TransactionRecord, type TransactionStatistics } from './transaction-statistics.js';
import { setStampedKey, setStampedValue } from './stamped-writes.js';
import { validatedReads } from './validated-reads.js';
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
  /** Shared by the attempts at the transaction. */
  readonly locks: HeldLocks;
  /** What it writes from the start; nothing unless given. */
  readonly writes?: WriteBuffer | undefined;
  /**
   * For a transaction that its caller commits under an id of its own: commits under an attempt that is free, or answers when one before it
   * has committed, without.
   */
  readonly claimed?: ((commit: (attempt: string) => Promise<Timestamp>) => Promise<Timestamp>) | undefined;
  /** Whoever runs the transaction tells the coordinator when it begins and ends. */
  readonly isHeld: boolean;
  /** Id of the attempt. */
  readonly attempt: string;
  readonly isolation: Isolation;
  /** No commit is tried after this. */
  readonly expiry: Timestamp;
  readonly preconditions?: readonly Precondition[] | undefined;
  /** Once it fires, the transaction goes no further; a commit that was sent is not taken back. */
  readonly signal?: AbortSignal | undefined;
  /** Shared by the attempts at the transaction. */
  readonly record?: TransactionRecord | undefined;
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
  readonly #record: TransactionRecord;
  readonly #view: BufferedReads;
  #snapshot: BufferedReads | undefined;
  #state: 'open' | 'ended' = 'open';
  #commit: Promise<Timestamp> | undefined;
  #alreadyCommitted = false;
  #stamp: Uint8Array | undefined;

  /** @internal */
  constructor(parts: TransactionParts) {
    this.id = parts.id;
    this.#parts = parts;
    this.#writes = parts.writes ?? new WriteBuffer();
    this.#record = parts.record ?? new TransactionRecord();
    this.#view = new BufferedReads({
      reader: parts.reader,
      writes: this.#writes,
      reads: this.#reads,
      record: this.#record,
      check: () => this.#checkOpen(),
    });
    if (!parts.isHeld) parts.coordinator.begun(this.id);
  }

  /** The moment that it reads. A {@link getForUpdate} before its first read moves it on. */
  get readTimestamp(): Timestamp {
    return this.#parts.reader.timestamp;
  }

  /** What it took so far, with the attempts before this one. */
  statistics(): TransactionStatistics {
    return this.#record.snapshot();
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Once {@link commit} has answered: that a transaction had committed under the id before, and this one wrote nothing. */
  get alreadyCommitted(): boolean {
    return this.#alreadyCommitted;
  }

  /** @internal By which shards know it, where its caller did not begin it under an id. */
  get attempt(): string {
    return this.#parts.attempt;
  }

  /** @internal The commit, once it was asked for. */
  get committed(): Promise<Timestamp> | undefined {
    return this.#commit;
  }

  /** Reads that add no conflict: what they saw may have changed when the transaction commits. They see its own writes. */
  get snapshot(): BufferedReads {
    const { reader } = this.#parts;
    const check = (): void => this.#checkOpen();
    this.#snapshot ??= new BufferedReads({ reader, writes: this.#writes, record: this.#record, check });
    return this.#snapshot;
  }

  get(key: Bytes): Promise<Uint8Array | undefined> {
    return this.#view.get(key);
  }

  /**
   * The same as {@link get}, for a key that the transaction is going to write and that others want at the same time: they come one after
   * another, in the order in which they asked, instead of running again. The lock is given back when the transaction ends, or after some
   * time. It keeps nobody from writing the key without asking.
   */
  async getForUpdate(key: Bytes): Promise<Uint8Array | undefined> {
    this.#checkOpen();
    const { attempt, expiry, locks, reader, signal } = this.#parts;
    const checked = userKey(key);
    this.#record.lock();
    const { changedAt } = await locks.take({ attempt, key: checked, expiry, signal });
    this.#checkOpen();
    if (!reader.renew(locks.now()) && changedAt > reader.timestamp) {
      throw new PandaError('Conflict', 'The key was written after the read timestamp', { key: keyHex(checked) });
    }
    return await this.#view.get(key);
  }

  /** Values in the order asked. */
  getMany(keys: readonly Bytes[]): Promise<(Uint8Array | undefined)[]> {
    return this.#view.getMany(keys);
  }

  /** Keys and values of a range, in key order, with the transaction's own writes; fetched page by page as they are taken. */
  scan(range: Range, options: ScanOptions = {}): Entries {
    return this.#view.scan(range, options);
  }

  /** The transaction conflicts with whoever writes the key, or any key of the range, after its read timestamp: as if it had read it. */
  addReadConflict(keyOrRange: Bytes | Range): void {
    this.#checkOpen();
    const span = keyOrRangeSpan(keyOrRange);
    this.#parts.reader.use();
    if (!spanIsEmpty(span) && this.#reads.addSpan(span)) this.#writes.countSpan(span);
  }

  /**
   * Others who read the key, or any key of the range, conflict with the transaction as if it had written there. Nothing is written: who reads
   * later sees nothing of it.
   */
  addWriteConflict(keyOrRange: Bytes | Range): void {
    this.#checkOpen();
    const span = keyOrRangeSpan(keyOrRange);
    if (!spanIsEmpty(span)) this.#writes.addConflict(span);
  }

  set(key: Bytes, value: Bytes): void {
    this.#checkOpen();
    this.#writes.set(userKey(key), userValue(value));
  }

  /** Changes a key's value without reading it: such changes of one key do not conflict with each other. */
  change(key: Bytes, change: AtomicChange): void {
    this.#checkOpen();
    const operation = checkAtomicChange(change);
    if (operation === undefined) throw new PandaError('InvalidArgument', 'Unknown type of change');
    this.#writes.change(userKey(key), operation);
  }

  /**
   * Sets a key that holds the stamp of the commit: 10 bytes from `offset` on, whatever stands there. All stamps of the database differ, and
   * they are ordered as the commits are. The transaction sees the key itself with 0xff in the place of the stamp, behind all that have one.
   */
  setVersionstampedKey({ key, offset }: { readonly key: Bytes; readonly offset: number }, value: Bytes): void {
    this.#checkOpen();
    setStampedKey(this.#writes, key, offset, value);
  }

  /** The same in a value. */
  setVersionstampedValue(key: Bytes, { value, offset }: { readonly value: Bytes; readonly offset?: number }): void {
    this.#checkOpen();
    setStampedValue(this.#writes, key, value, offset);
  }

  /** The 10 bytes of the stamp that the commit wrote; undefined until it has answered, and where it wrote none. */
  get versionstamp(): Uint8Array | undefined {
    return this.#stamp;
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
    const { claimed, coordinator, attempt, expiry, isHeld, isolation, preconditions = [], rangeChanges } = this.#parts;
    if (this.#writes.isEmpty && preconditions.length === 0) {
      this.abort();
      return Promise.resolve(this.readTimestamp);
    }
    this.#state = 'ended';
    this.#record.committing();
    const written = this.#writes.toCommit();
    let shard: string | undefined;
    const work: CommitWork = {
      transaction: attempt,
      readTimestamp: this.readTimestamp,
      expiry,
      ...validatedReads(this.#reads, this.#writes, isolation),
      ...written,
      stampedBy: written.stamps && ((id) => (shard = id)),
      preconditions,
      rangeChanges,
    };
    const sent = claimed === undefined ? coordinator.commit(work) : this.#commitClaimed(claimed, work);
    const commit = written.stamps === undefined ? sent : sent.then((timestamp) => this.#stampedAt(timestamp, shard));
    this.#commit = isHeld ? commit : commit.finally(() => this.#end());
    return this.#commit;
  }

  #stampedAt(timestamp: Timestamp, shard: string | undefined): Timestamp {
    if (shard !== undefined) this.#stamp = keyBytes(versionstampOf(timestamp, shard));
    return timestamp;
  }

  async #commitClaimed(claimed: NonNullable<TransactionParts['claimed']>, work: CommitWork): Promise<Timestamp> {
    let wasSent = false;
    const timestamp = await claimed((transaction) => {
      wasSent = true;
      return this.#parts.coordinator.commit({ ...work, transaction });
    });
    this.#alreadyCommitted = !wasSent;
    return timestamp;
  }

  /** Drops everything. After a commit, or a second time, it does nothing. */
  abort(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    if (!this.#parts.isHeld) this.#end();
  }

  #end(): void {
    this.#parts.locks.release();
    this.#parts.coordinator.ended(this.id);
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
    if (this.#state === 'ended') {
      throw new PandaError('Closed', 'The transaction was committed or aborted before', { transactionId: this.id });
    }
    checkSignal(this.#parts.signal);
  }
}
