import type { Router } from '../catalog/index.js';
import { isTimestamp, type Environment, type HybridClock, type Timestamp } from '../clock/index.js';
import { isPromise, type Entry } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import { keyOrRangeSpan, toSpan, userKey, type Bytes, type Key, type Range } from '../keys/index.js';
import {
  checkBalanceOptions,
  type BalanceOptions,
  type Migrations,
  type MoveOptions,
  type Rebalancer,
} from '../rebalance/index.js';
import { ChangeFeed, watch, type ChangeOptions, type ChangeSet } from '../feed/index.js';
import type { Retention } from '../retention/index.js';
import { checkTransactionId, type ShardStatus } from '../shard/index.js';
import {
  copyOf,
  historyOfKey,
  type HistoryEntry,
  BoundedCalls,
  latestTimestamp,
  lookUpOutcome,
  Reader,
  Snapshot,
  type Transaction,
  type CallOptions,
  type Coordinator,
  type Outcome,
  type ScanOptions,
  type Statistics,
  type StatisticsSnapshot,
} from '../transaction/index.js';
import { balanceResult, type BalanceResult } from './balance-info.js';
import { checkMoveOptions, moveInfo, type MoveInfo } from './move-info.js';
import { bufferOf, checkPreconditions, writesOf, type Mutation, type Precondition } from './mutation.js';
import type { System } from './open-system.js';
import type { RunResult } from './identified-runs.js';
import { rangeInfo, type RangeInfo } from './range-info.js';
import type { ShardConfig } from './config.js';
import { rangeSizeOf, shardInfoOf, type RangeSize, type ShardInfo } from './shard-info.js';
import type { ShardAdmin } from './shard-admin.js';
import type { ShardDirectory } from './shard-directory.js';
import type { TransactionOptions } from './transaction-options.js';
import { TransactionRunner } from './transaction-runner.js';

export interface DatabaseParts {
  readonly environment: Environment;
  readonly clock: HybridClock;
  readonly router: Router;
  readonly coordinator: Coordinator;
  readonly shards: ShardDirectory;
  readonly statistics: Statistics;
  /** Missing where the catalog never changes. */
  readonly system?: System;
  readonly rebalancer?: Rebalancer;
  readonly retention?: Retention;
  readonly admin?: ShardAdmin;
}

/** One transactional, ordered key-value store over all shards. Reads are strictly serializable unless they name a timestamp. */
export class Database implements AsyncDisposable {
  readonly #parts: DatabaseParts;
  readonly #runner: TransactionRunner;
  readonly #calls: BoundedCalls;
  #closing: Promise<void> | undefined;

  /** @internal Use {@link openDatabase}. */
  constructor(parts: DatabaseParts) {
    this.#parts = parts;
    this.#runner = new TransactionRunner(parts);
    this.#calls = new BoundedCalls(parts.environment);
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
      this.#checkOpen();
      return this.#runner.transact(fn, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** A transaction that the caller commits or aborts, and runs again after a retryable error. */
  begin(options: TransactionOptions = {}): Transaction {
    this.#checkOpen();
    return this.#runner.begin(options);
  }

  /** An id for `options.id`, to be kept before the transaction is run: it tells which of its runs, in any process, has committed. */
  newTransactionId(): string {
    this.#checkOpen();
    return this.#runner.identified.newId();
  }

  /** The newest value of a key. */
  get(key: Bytes, options?: CallOptions): Promise<Uint8Array | undefined> {
    return options === undefined ? this.#get(key) : this.#bounded(options, () => this.#get(key));
  }

  #get(key: Bytes): Promise<Uint8Array | undefined> {
    try {
      this.#checkOpen();
      const { router, clock } = this.#parts;
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
    const { router, clock } = this.#parts;
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
  scan(range: Range, options?: ScanOptions & CallOptions): AsyncGenerator<Entry, void, undefined> {
    return this.snapshot().scan(range, options);
  }

  /** The database as it is now, or as it was at a timestamp. */
  snapshot(timestamp?: Timestamp): Snapshot {
    this.#checkOpen();
    if (timestamp !== undefined && !isTimestamp(timestamp)) {
      throw new PandaError('InvalidArgument', 'A timestamp must be a safe integer of at least 0');
    }
    const { router, clock } = this.#parts;
    return new Snapshot(new Reader(router, timestamp ?? clock.now()), this.#calls, () => this.#checkOpen());
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
      this.#checkOpen();
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
    this.#checkOpen();
    const span = keyOrRangeSpan(keyOrRange);
    const timestamp = await this.#bounded(options, () => latestTimestamp(this.#parts.router, span));
    this.#parts.clock.advance(timestamp);
    return timestamp;
  }

  /** What commits made of a key, the newest first, as far back as versions of it are kept. */
  history(key: Bytes): AsyncGenerator<HistoryEntry, void, undefined> {
    this.#checkOpen();
    return historyOfKey(this.#parts.router, userKey(key), () => this.#checkOpen());
  }

  /**
   * Resolves when the key is written or deleted, after this call or after `since`, with the timestamp of the last such commit. Several
   * at once may be told as one. The signal's reason is thrown when it fires.
   */
  async watch(key: Bytes, options: { readonly since?: Timestamp; readonly signal?: AbortSignal } = {}): Promise<Timestamp> {
    this.#checkOpen();
    const { clock } = this.#parts;
    const { since = clock.now(), signal } = options;
    if (!isTimestamp(since)) throw new PandaError('InvalidArgument', 'A timestamp must be a safe integer of at least 0');
    const changedAt = await watch(this.#parts, userKey(key), since, signal);
    clock.advance(changedAt);
    return changedAt;
  }

  /**
   * What is committed in a range, over all shards, in the order of time; of each transaction all of it together. An entry's timestamp says
   * that everything up to it has been told, so a feed that begins there loses and repeats nothing. `SnapshotTooOld` where `since`
   * lies before what is kept.
   */
  changes(options: ChangeOptions = {}): AsyncGenerator<ChangeSet, void, undefined> {
    this.#checkOpen();
    const { environment, clock, router, shards, system } = this.#parts;
    if (system === undefined) throw new PandaError('InvalidArgument', 'This database has no feeds');
    const { retention } = this;
    const { transactions } = system;
    const checkOpen = (): void => this.#checkOpen();
    const parts = { environment, clock, router, shards: () => shards.all(), retention, transactions, checkOpen };
    return new ChangeFeed(parts, options).entries();
  }

  /** What became of a transaction, by {@link Transaction.id}. */
  async outcome(transactionId: string, options?: CallOptions): Promise<Outcome> {
    this.#checkOpen();
    const { shards, coordinator } = this.#parts;
    this.#runner.identified.isAskedFor(transactionId);
    const id = checkTransactionId(transactionId);
    const outcome = await this.#bounded(options, () => lookUpOutcome(id, shards.all(), coordinator));
    if (outcome.status === 'committed') this.#parts.clock.advance(outcome.timestamp);
    return outcome;
  }

  /** All ranges in key order, with the shard that serves each. */
  ranges(): RangeInfo[] {
    return this.#parts.router.ranges.map(rangeInfo);
  }

  /** The same, with about how much lies in each: what its engine estimates. */
  async rangeSizes(): Promise<RangeSize[]> {
    return (await this.#rebalancer.sizes()).map(rangeSizeOf);
  }

  /** All shards, with about how much each serves. */
  async shards(): Promise<ShardInfo[]> {
    const [members, sizes, statuses] = await Promise.all([this.#rebalancer.members(), this.#rebalancer.sizes(), this.status()]);
    return members.map((member) => shardInfoOf(member, sizes, statuses));
  }

  /**
   * Divides the range that holds the key, so that one begins there; does nothing where one does already. Clients go on reading and
   * writing.
   */
  async split(key: Bytes, options?: CallOptions): Promise<void> {
    const checked = userKey(key);
    await this.#bounded(options, () => this.#rebalancer.split(checked));
  }

  /** Joins the range that begins at the key to the one before it; `InvalidArgument` unless both are on one shard. */
  async merge(key: Bytes, options?: CallOptions): Promise<void> {
    const checked = userKey(key);
    await this.#bounded(options, () => this.#rebalancer.merge(checked));
  }

  /**
   * Moves all keys of a range to a shard, while clients read and write: they notice a short pause. Splits where the range begins and
   * ends. Resolves when the shard serves all of it; `moves()` tells what is left if it fails in between. A move whose deadline
   * has passed goes on: {@link cancelMove} ends it.
   */
  async move(range: Range, toShard: string, options: MoveOptions & Pick<CallOptions, 'deadlineMs'> = {}): Promise<void> {
    const { deadlineMs, ...rest } = options;
    const span = toSpan(range);
    const moveOptions = checkMoveOptions(rest);
    await this.#bounded({ deadlineMs }, () => this.#rebalancer.move(span, toShard, moveOptions));
  }

  /** The moves that have not ended: those of this process, and those that another left behind. */
  async moves(): Promise<MoveInfo[]> {
    return (await this.#rebalancer.moves()).map(moveInfo);
  }

  /** Goes on with the move of a range, by the range's id, where it has stopped. */
  async resumeMove(rangeId: string, options: MoveOptions = {}): Promise<void> {
    await this.#rebalancer.resume(rangeId, checkMoveOptions(options));
  }

  /** The range stays where it is; what was brought to the other shard is removed in the background. */
  async cancelMove(rangeId: string): Promise<void> {
    await this.#rebalancer.cancel(rangeId);
  }

  /** Resolves when what moves have left behind is removed. */
  async movesCleaned(): Promise<void> {
    await this.#rebalancer.cleaned();
  }

  /**
   * Adds a shard: its store must be empty, or one that was removed from this database. It owns nothing until ranges are moved to it. From
   * now on the configuration must name it whenever the database is opened.
   */
  async addShard(shard: ShardConfig): Promise<void> {
    const rebalancer = this.#rebalancer;
    await this.#parts.admin?.open(shard);
    await rebalancer.addShard(shard.id);
  }

  /** Moves every range of a shard to others. It takes none any more. */
  async drainShard(id: string, options: MoveOptions = {}): Promise<void> {
    await this.#rebalancer.drainShard(id, checkMoveOptions(options));
  }

  /**
   * Removes a shard that owns nothing, and closes its engine: `InvalidArgument` while it owns ranges or holds the catalog. What only
   * its journal tells, the outcomes of transactions that wrote there alone, cannot be looked up any more.
   */
  async removeShard(id: string): Promise<void> {
    const rebalancer = this.#rebalancer;
    this.#parts.admin?.checkRemovable(id);
    await rebalancer.removeShard(id);
    await this.#parts.admin?.close(id);
  }

  /** Makes the shards even, by bytes and by load, while clients read and write; or only plans that. Where they are even, nothing moves. */
  async balance(options: BalanceOptions = {}): Promise<BalanceResult> {
    return balanceResult(await this.#rebalancer.balancer.balance(checkBalanceOptions(options)));
  }

  /** Migrates all ranges of shards to others, and back. */
  get migrate(): Migrations {
    return this.#rebalancer.migrations;
  }

  /** How long superseded versions are kept. */
  get retention(): Retention {
    this.#checkOpen();
    const { retention } = this.#parts;
    if (retention === undefined) throw new PandaError('InvalidArgument', 'This database keeps all versions');
    return retention;
  }

  /** State of every shard. */
  async status(): Promise<ShardStatus[]> {
    this.#checkOpen();
    return await Promise.all(this.#parts.shards.all().map(async (shard) => await shard.status()));
  }

  /** Counters since the database was opened. */
  statistics(): StatisticsSnapshot {
    return this.#parts.statistics.snapshot();
  }

  /** Takes nothing new, finishes what is in flight, and closes the engines. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const shards = this.#parts.shards.all();
    for (const shard of shards) shard.hurry();
    await this.#parts.retention?.close();
    await this.#parts.rebalancer?.close();
    await this.#parts.coordinator.close();
    await this.#parts.system?.close();
    await Promise.all(shards.map((shard) => shard.close()));
  }

  /** The clock passes what was seen, so that a later snapshot sees it too. */
  #seen(version: { readonly timestamp: Timestamp; readonly value: Uint8Array | undefined }): Uint8Array | undefined {
    this.#parts.clock.advance(version.timestamp);
    return copyOf(version.value);
  }

  get #rebalancer(): Rebalancer {
    this.#checkOpen();
    const { rebalancer } = this.#parts;
    if (rebalancer === undefined) throw new PandaError('InvalidArgument', 'The ranges of this database are fixed');
    return rebalancer;
  }

  #bounded<T>(options: CallOptions | undefined, work: () => Promise<T>): Promise<T> {
    return this.#calls.run(options, work);
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new PandaError('Closed', 'The database is closed');
  }
}
