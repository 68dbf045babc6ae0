import type { Router } from '../catalog/index.js';
import type { Environment, HybridClock, Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { RunningFeeds } from '../feed/index.js';
import { toSpan, userKey, type Bytes, type Range } from '../keys/index.js';
import {
  checkBalanceOptions,
  lastRemoval,
  type BalanceOptions,
  type Migrations,
  type MoveOptions,
  type Rebalancer,
} from '../rebalance/index.js';
import type { Retention } from '../retention/index.js';
import type { ShardStatus } from '../shard/index.js';
import {
  BoundedCalls,
  type CallOptions,
  type Coordinator,
  type Statistics,
  type StatisticsSnapshot,
} from '../transaction/index.js';
import { balanceResult, type BalanceResult } from './balance-info.js';
import type { ShardConfig } from './config.js';
import { checkMoveOptions, moveInfo, type MoveInfo } from './move-info.js';
import type { System } from './system.js';
import { rangeInfo, type RangeInfo } from './range-info.js';
import type { ShardAdmin } from './shard-admin.js';
import type { ShardDirectory } from './shard-directory.js';
import { rangeSizeOf, shardInfoOf, type RangeSize, type ShardInfo } from './shard-info.js';
import { Turns } from './turns.js';

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

/** What a database offers to whoever runs it: its ranges and shards, what is kept of its past, its state and its end. */
export abstract class DatabaseAdmin implements AsyncDisposable {
  /** @internal */
  protected readonly parts: DatabaseParts;
  /** @internal */
  protected readonly calls: BoundedCalls;
  /** @internal */
  protected readonly feeds: RunningFeeds;
  /** Shards that come and go, and changes of the catalog's place: a shard that is to hold it must not go. */
  readonly #changes = new Turns();
  #closing: Promise<void> | undefined;

  /** @internal */
  protected constructor(parts: DatabaseParts) {
    this.parts = parts;
    this.calls = new BoundedCalls(parts.environment);
    this.feeds = new RunningFeeds(parts.environment);
  }

  /** All ranges in key order, with the shard that serves each. */
  ranges(): RangeInfo[] {
    return this.parts.router.ranges.map(rangeInfo);
  }

  /** The same, with about how much lies in each: what its engine estimates. */
  async rangeSizes(options?: CallOptions): Promise<RangeSize[]> {
    return (await this.bounded(options, () => this.#rebalancer.sizes())).map(rangeSizeOf);
  }

  /** All shards, with about how much each serves. */
  async shards(options?: CallOptions): Promise<ShardInfo[]> {
    const [members, sizes, statuses] = await this.bounded(options, () =>
      Promise.all([this.#rebalancer.members(), this.#rebalancer.sizes(), this.status()]),
    );
    return members.map((member) => shardInfoOf(member, sizes, statuses));
  }

  /**
   * Divides the range that holds the key, so that one begins there; does nothing where one does already. Clients go on reading and
   * writing.
   */
  async split(key: Bytes, options?: CallOptions): Promise<void> {
    const checked = userKey(key);
    await this.bounded(options, () => this.#rebalancer.split(checked));
  }

  /** Joins the range that begins at the key to the one before it; `InvalidArgument` unless both are on one shard. */
  async merge(key: Bytes, options?: CallOptions): Promise<void> {
    const checked = userKey(key);
    await this.bounded(options, () => this.#rebalancer.merge(checked));
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
    await this.bounded({ deadlineMs }, () => this.#rebalancer.move(span, toShard, moveOptions));
  }

  /** The moves that have not ended: those of this process, and those that another left behind. */
  async moves(options?: CallOptions): Promise<MoveInfo[]> {
    return (await this.bounded(options, () => this.#rebalancer.moves())).map(moveInfo);
  }

  /** Goes on with the move of a range, by the range's id, where it has stopped. Past its deadline it goes on, too. */
  async resumeMove(rangeId: string, options: MoveOptions & Pick<CallOptions, 'deadlineMs'> = {}): Promise<void> {
    const { deadlineMs, ...rest } = options;
    const moveOptions = checkMoveOptions(rest);
    await this.bounded({ deadlineMs }, () => this.#rebalancer.resume(rangeId, moveOptions));
  }

  /** The range stays where it is; what was brought to the other shard is removed in the background. */
  async cancelMove(rangeId: string, options?: CallOptions): Promise<void> {
    await this.bounded(options, () => this.#rebalancer.cancel(rangeId));
  }

  /** Resolves when what moves have left behind is removed. */
  async movesCleaned(options?: CallOptions): Promise<void> {
    await this.bounded(options, () => this.#rebalancer.cleaned());
  }

  /**
   * Adds a shard: its store must be empty, or one that was removed from this database. It owns nothing until ranges are moved to it. From
   * now on the configuration must name it whenever the database is opened. Past its deadline it may still be added.
   */
  async addShard(shard: ShardConfig, options?: CallOptions): Promise<void> {
    const rebalancer = this.#rebalancer;
    const add = async (): Promise<void> => {
      await this.parts.admin?.open(shard);
      await rebalancer.addShard(shard.id);
    };
    await this.bounded(options, () => this.#changes.take(add));
  }

  /** Moves every range of a shard to others. It takes none any more. Past its deadline it goes on. */
  async drainShard(id: string, options: MoveOptions & Pick<CallOptions, 'deadlineMs'> = {}): Promise<void> {
    const { deadlineMs, ...rest } = options;
    const moveOptions = checkMoveOptions(rest);
    await this.bounded({ deadlineMs }, () => this.#rebalancer.drainShard(id, moveOptions));
  }

  /**
   * Removes a shard that owns nothing, and closes its engine: `InvalidArgument` while it owns ranges, `ShardUnavailable` while another shard has
   * not heard how a transaction ended that it took part in. If its engine holds the catalog, that is moved first ({@link moveCatalog}), to the
   * first shard that takes ranges. What only the shard's journal tells, the outcomes of
   * transactions that wrote there alone, cannot be looked up any more. Past its deadline it may still be removed.
   */
  async removeShard(id: string, options?: CallOptions): Promise<void> {
    await this.bounded(options, () => this.#changes.take(() => this.#removeShard(id)));
  }

  async #removeShard(id: string): Promise<void> {
    const rebalancer = this.#rebalancer;
    const { admin, clock, shards } = this.parts;
    await rebalancer.checkRemovable(id);
    if (admin?.catalogHost === id) {
      const others = (await rebalancer.members()).filter(({ shard }) => shard !== id);
      await admin.moveCatalog((others.find(({ state }) => state === 'active') ?? others[0]!).shard);
    }
    await admin?.settle(id);
    await rebalancer.removeShard(id);
    await this.feeds.leave(shards.get(id), clock.now());
    await admin?.close(id);
  }

  /**
   * Moves the catalog, the map of all ranges, to the engine of another shard, while clients read and write: only changes of ranges and shards
   * wait. Does nothing where it is already. Past its deadline it goes on.
   */
  async moveCatalog(toShard: string, options?: CallOptions): Promise<void> {
    await this.bounded(options, () => this.#changes.take(() => this.#moveCatalog(toShard)));
  }

  async #moveCatalog(toShard: string): Promise<void> {
    this.checkOpen();
    const { admin } = this.parts;
    if (admin === undefined) throw new PandaError('InvalidArgument', 'The ranges of this database are fixed');
    const members = await this.#rebalancer.members();
    if (!members.some(({ shard }) => shard === toShard)) {
      throw new PandaError('InvalidArgument', `There is no shard '${toShard}'`, { shard: toShard });
    }
    await admin.moveCatalog(toShard);
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
    this.checkOpen();
    const { retention } = this.parts;
    if (retention === undefined) throw new PandaError('InvalidArgument', 'This database keeps all versions');
    return retention;
  }

  /** State of every shard. */
  async status(options?: CallOptions): Promise<ShardStatus[]> {
    this.checkOpen();
    return await this.bounded(options, () => Promise.all(this.parts.shards.all().map(async (shard) => await shard.status())));
  }

  /** Counters since the database was opened. */
  statistics(): StatisticsSnapshot {
    return this.parts.statistics.snapshot();
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
    const shards = this.parts.shards.all();
    for (const shard of shards) shard.hurry();
    await this.parts.retention?.close();
    await this.parts.rebalancer?.close();
    await this.parts.coordinator.close();
    await this.parts.system?.close();
    await Promise.all(shards.map((shard) => shard.close()));
  }

  get #rebalancer(): Rebalancer {
    this.checkOpen();
    const { rebalancer } = this.parts;
    if (rebalancer === undefined) throw new PandaError('InvalidArgument', 'The ranges of this database are fixed');
    return rebalancer;
  }

  /** @internal */
  protected async lastRemoval(): Promise<Timestamp> {
    const { system } = this.parts;
    return system === undefined ? 0 : await lastRemoval(system.transactions);
  }

  /** @internal */
  protected bounded<T>(options: CallOptions | undefined, work: () => Promise<T>): Promise<T> {
    return this.calls.run(options, work);
  }

  /** @internal */
  protected checkOpen(): void {
    if (this.#closing !== undefined) throw new PandaError('Closed', 'The database is closed');
  }
}
