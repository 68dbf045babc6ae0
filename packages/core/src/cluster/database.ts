import { isTimestamp, type Timestamp } from '../clock/index.js';
import { isPromise } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import { ChangeFeed, watch, type ChangeOptions, type ChangeSet } from '../feed/index.js';
import { keyOrRangeSpan, userKey, type Bytes, type Key, type Range } from '../keys/index.js';
import { checkTransactionId } from '../shard/index.js';
import {
  copyOf,
  historyOfKey,
  latestTimestamp,
  lookUpOutcome,
  Reader,
  Snapshot,
  type CallOptions,
  type Entries,
  type HistoryEntry,
  type Outcome,
  type ScanOptions,
  type Transaction,
} from '../transaction/index.js';
import { DatabaseAdmin, type DatabaseParts } from './database-admin.js';
import type { RunResult } from './identified-runs.js';
import { bufferOf, checkPreconditions, writesOf, type Mutation, type Precondition } from './mutation.js';
import type { TransactionOptions } from './transaction-options.js';
import { TransactionRunner } from './transaction-runner.js';

/** One transactional, ordered key-value store over all shards. Reads are strictly serializable unless they name a timestamp. */
export class Database extends DatabaseAdmin {
  readonly #runner: TransactionRunner;

  /** @internal Use {@link openDatabase}. */
  constructor(parts: DatabaseParts) {
    super(parts);
    this.#runner = new TransactionRunner({ ...parts, lastRemoval: () => this.lastRemoval() });
  }

  /**
   * Runs `fn` in a transaction and commits; runs it again after a retryable conflict, with jittered backoff, until the deadline.
   * `fn` must have no effect but through the transaction it is given. What it throws aborts the transaction and is thrown on.
   *
   * With an `id` it does nothing where a transaction has committed under that id before, and says so.
   */
  transact<T>(
    fn: (transaction: Transaction) => Promise<T> | T,
    options: TransactionOptions & { id: string },
  ): Promise<RunResult<T>>;
  transact<T>(fn: (transaction: Transaction) => Promise<T> | T, options?: TransactionOptions): Promise<T>;
  transact<T>(fn: (transaction: Transaction) => Promise<T> | T, options: TransactionOptions = {}): Promise<T | RunResult<T>> {
    try {
      if (typeof fn !== 'function') throw new TypeError('transact needs a function');
      this.checkOpen();
      return this.#runner.transact(fn, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** A transaction that the caller commits or aborts, and runs again after a retryable error. */
  begin(options: TransactionOptions = {}): Transaction {
    this.checkOpen();
    return this.#runner.begin(options);
  }

  /** An id for `options.id`, to be kept before the transaction is run: it tells which of its runs, in any process, has committed. */
  newTransactionId(): string {
    this.checkOpen();
    return this.#runner.identified.newId();
  }

  /** The newest value of a key. */
  get(key: Bytes, options?: CallOptions): Promise<Uint8Array | undefined> {
    return options === undefined ? this.#get(key) : this.bounded(options, () => this.#get(key));
  }

  #get(key: Bytes): Promise<Uint8Array | undefined> {
    try {
      this.checkOpen();
      const { router, clock } = this.parts;
      const checked = userKey(key);
      const { shard, routes } = router.find(checked);
      const read = shard.read({ routes, keys: [checked], timestamp: clock.now(), latest: true });
      if (!isPromise(read)) return Promise.resolve(this.#seen(read[0]!));
      return read.then(
        ([version]) => this.#seen(version!),
        (error: unknown) => this.#getAgain(error, checked, 1),
      );
    } catch (error) {
      return PandaError.is(error, 'RangeMoved') ? this.#getAgain(error, userKey(key), 1) : Promise.reject(error);
    }
  }

  /** After a refusal: where the key is served has changed, unless something else is wrong. */
  async #getAgain(refusal: unknown, key: Key, attempt: number): Promise<Uint8Array | undefined> {
    const { router, clock } = this.parts;
    await router.healKey(refusal, key, attempt);
    const { shard, routes } = router.find(key);
    try {
      const [version] = await shard.read({ routes, keys: [key], timestamp: clock.now(), latest: true });
      return this.#seen(version!);
    } catch (error) {
      return await this.#getAgain(error, key, attempt + 1);
    }
  }

  /** Values at one moment, in the order asked. */
  async getMany(keys: readonly Bytes[], options?: CallOptions): Promise<(Uint8Array | undefined)[]> {
    return await this.snapshot().getMany(keys, options);
  }

  /** Keys and values of a range at one moment, in key order, fetched page by page as they are taken. */
  scan(range: Range, options?: ScanOptions & CallOptions): Entries {
    return this.snapshot().scan(range, options);
  }

  /** The database as it is now, or as it was at a timestamp. */
  snapshot(timestamp?: Timestamp): Snapshot {
    this.checkOpen();
    if (timestamp !== undefined && !isTimestamp(timestamp)) {
      throw new PandaError('InvalidArgument', 'A timestamp must be a safe integer of at least 0');
    }
    const { router, clock } = this.parts;
    return new Snapshot(new Reader(router, timestamp ?? clock.now()), this.calls, () => this.checkOpen());
  }

  /**
   * Applies mutations in one transaction if every precondition holds at its commit timestamp, which it answers; else fails with
   * `PreconditionFailed`. The last of several mutations of a key counts. With an `id` that has committed before, that is the answer.
   */
  write(
    mutations: readonly Mutation[],
    preconditions: readonly Precondition[] = [],
    options: TransactionOptions = {},
  ): Promise<Timestamp> {
    try {
      this.checkOpen();
      const checked = checkPreconditions(preconditions);
      const writes = options.id === undefined ? writesOf(mutations) : undefined;
      if (writes !== undefined) return this.#runner.write(writes, checked, options);
      return this.#runner.commit(() => bufferOf(mutations), checked, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The timestamp of the last commit that wrote a key, or any key of a range; 0 when there was none. */
  async latestTimestamp(keyOrRange: Bytes | Range, options?: CallOptions): Promise<Timestamp> {
    this.checkOpen();
    const span = keyOrRangeSpan(keyOrRange);
    const timestamp = await this.bounded(options, () => latestTimestamp(this.parts.router, span));
    this.parts.clock.advance(timestamp);
    return timestamp;
  }

  /** What commits made of a key, the newest first, as far back as versions of it are kept. */
  history(key: Bytes, options: CallOptions = {}): AsyncGenerator<HistoryEntry, void, undefined> {
    this.checkOpen();
    return this.calls.iterate(
      options,
      historyOfKey(this.parts.router, userKey(key), () => this.checkOpen()),
    );
  }

  /**
   * Resolves when the key is written or deleted, after this call or after `since`, with the timestamp of the last such commit. Several
   * at once may be told as one. The signal's reason is thrown when it fires.
   */
  async watch(key: Bytes, options: CallOptions & { readonly since?: Timestamp } = {}): Promise<Timestamp> {
    this.checkOpen();
    const { clock } = this.parts;
    const { since = clock.now(), deadlineMs, signal } = options;
    if (!isTimestamp(since)) throw new PandaError('InvalidArgument', 'A timestamp must be a safe integer of at least 0');
    const checked = userKey(key);
    const ended = new AbortController();
    const until = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
    try {
      const changedAt = await this.bounded({ deadlineMs }, () => watch(this.parts, checked, since, until));
      clock.advance(changedAt);
      return changedAt;
    } finally {
      ended.abort();
    }
  }

  /**
   * What is committed in a range, over all shards, in the order of time; of each transaction all of it together. An entry's timestamp says
   * that everything up to it has been told, so a feed that begins there loses and repeats nothing. `SnapshotTooOld` where `since`
   * lies before what is kept.
   */
  changes(options: ChangeOptions = {}): AsyncGenerator<ChangeSet, void, undefined> {
    this.checkOpen();
    const { environment, clock, router, shards, system } = this.parts;
    if (system === undefined) throw new PandaError('InvalidArgument', 'This database has no feeds');
    const { feeds: running, retention } = this;
    const { transactions } = system;
    const checkOpen = (): void => this.checkOpen();
    const parts = { environment, clock, router, shards: () => shards.all(), retention, transactions, running, checkOpen };
    return new ChangeFeed(parts, options).entries();
  }

  /** What became of a transaction, by {@link Transaction.id}. */
  async outcome(transactionId: string, options?: CallOptions): Promise<Outcome> {
    this.checkOpen();
    const { shards, coordinator } = this.parts;
    this.#runner.identified.isAskedFor(transactionId);
    const id = checkTransactionId(transactionId);
    const outcome = await this.bounded(options, () => lookUpOutcome(id, shards.all(), coordinator, () => this.lastRemoval()));
    if (outcome.status === 'committed') this.parts.clock.advance(outcome.timestamp);
    return outcome;
  }

  /** The clock passes what was seen, so that a later snapshot sees it too. */
  #seen(version: { readonly timestamp: Timestamp; readonly value: Uint8Array | undefined }): Uint8Array | undefined {
    this.parts.clock.advance(version.timestamp);
    return copyOf(version.value);
  }
}
