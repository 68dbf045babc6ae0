import type { Member, MoveRecord, RangeDescriptor, Router } from '../catalog/index.js';
import type { Environment, HybridClock } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import type { Key, Span } from '../keys/index.js';
import { newCoordinatorTag, type RangeTransfer } from '../shard/index.js';
import { BackgroundBalancer, type BackgroundBalance } from './background-balancer.js';
import { Balancer } from './balancer.js';
import { Cleaner } from './cleaner.js';
import { planDrain } from './drain.js';
import { addMember, checkRemovable, removeMember, setMemberState } from './members.js';
import { merge } from './merge.js';
import { Migrations } from './migrations.js';
import type { MoveOptions } from './move-progress.js';
import { allMembers, allMoves } from './move-records.js';
import type { PacedMoveOptions } from './move-run.js';
import { Mover } from './mover.js';
import { withActivity, type ActiveRange } from './range-activity.js';
import { rangeSizes } from './range-sizes.js';
import { split } from './split.js';
import type { SystemTransactions } from './system-transactions.js';

export interface RebalancerParts {
  readonly environment: Environment;
  readonly clock: HybridClock;
  readonly transactions: SystemTransactions;
  /** Of users' keys; told of what changes here. */
  readonly router: Router;
  readonly transfer: (shard: string) => RangeTransfer;
  /** Of all shards that are led here. */
  readonly transfers: () => readonly RangeTransfer[];
  /** About how many bytes of rows a shard has room for. */
  readonly bytesMax: (shard: string) => number;
}

/** Changes which ranges there are and who serves them, while clients read and write. */
export class Rebalancer {
  readonly #parts: RebalancerParts;
  readonly #cleaner: Cleaner;
  readonly #mover: Mover;
  readonly migrations: Migrations;
  readonly balancer: Balancer;
  #background: BackgroundBalancer | undefined;

  constructor(parts: RebalancerParts) {
    const { environment } = parts;
    this.#parts = parts;
    this.#cleaner = new Cleaner(parts);
    const shared = { ...parts, cleaner: this.#cleaner, newId: () => newCoordinatorTag(environment) };
    this.#mover = new Mover(shared);
    this.migrations = new Migrations(shared, parts.clock);
    this.balancer = new Balancer({ ...parts, changes: this });
  }

  /** Goes on with what an earlier process has left to be removed or migrated, and balances if that is wanted, in the background. */
  start(balance?: BackgroundBalance): void {
    this.#cleaner.cleanSoon();
    this.migrations.resumeSoon();
    if (balance === undefined) return;
    this.#background = new BackgroundBalancer(this.#parts.environment, this.balancer, balance);
    this.#background.start();
  }

  /** Divides the range that holds the key, so that one begins there. */
  async split(key: Key): Promise<void> {
    const { transactions, router } = this.#parts;
    await router.refreshIfPossible(await split(transactions, key));
  }

  /** Joins the range that begins at the key to the one before it. */
  async merge(key: Key): Promise<void> {
    const { transactions, router } = this.#parts;
    await router.refreshIfPossible(await merge(transactions, key));
  }

  /** Moves all keys of a span to a shard, range by range. Splits where the span begins and ends. */
  async move(span: Span, to: string, options: PacedMoveOptions): Promise<void> {
    const { router } = this.#parts;
    this.#parts.transfer(to);
    await router.refresh(span);
    if (span.start !== '') await this.split(span.start);
    if (span.end !== undefined) await this.split(span.end);
    for (const { route } of router.pieces(span)) {
      options.signal?.throwIfAborted();
      if (route.range.shard !== to) await this.#moveRange(route.range, to, options);
    }
  }

  async #moveRange(range: RangeDescriptor, to: string, options: PacedMoveOptions): Promise<void> {
    await this.#mover.run(await this.#mover.begin(range, to), options);
  }

  /** The shard takes ranges from now on. */
  async addShard(shard: string): Promise<void> {
    await addMember(this.#parts.transactions, shard);
  }

  /** The shard takes no ranges any more, and those that it has go to the others. */
  async drainShard(shard: string, options: MoveOptions): Promise<void> {
    const { transactions, router } = this.#parts;
    const takers = await setMemberState(transactions, shard, 'draining');
    await router.refresh({ start: '', end: undefined });
    for (const { range, to } of planDrain(router, shard, takers)) {
      const known = router.ranges.find(({ id }) => id === range);
      if (known?.shard === shard) await this.#moveRange(known, to, options);
    }
    await this.#cleaner.idle();
  }

  /** `InvalidArgument` while it owns ranges, or any work on ranges is under way there. */
  async checkRemovable(shard: string): Promise<void> {
    await this.#parts.transactions.run((transaction) => checkRemovable(transaction, shard));
  }

  /** The same, where it cannot be removed. */
  async removeShard(shard: string): Promise<void> {
    await removeMember(this.#parts.transactions, shard);
  }

  /** The shards that belong to the database. */
  async members(): Promise<Member[]> {
    return await this.#parts.transactions.run(allMembers);
  }

  /** About how much lies in each range, and what goes on there. */
  async sizes(): Promise<ActiveRange[]> {
    const { router, transfer } = this.#parts;
    await router.refresh({ start: '', end: undefined });
    const shards = (await this.members()).map(({ shard }) => shard);
    const lags = new Map([...this.#mover.lags, ...this.migrations.lags]);
    return await withActivity(await rangeSizes(router.ranges, transfer), shards, transfer, lags);
  }

  /** The moves that have not ended, those of a migration aside. */
  async moves(): Promise<MoveRecord[]> {
    return (await this.allMoves()).filter(({ migration }) => migration === undefined);
  }

  /** Those of a migration too. */
  async allMoves(): Promise<MoveRecord[]> {
    return await this.#parts.transactions.run(allMoves);
  }

  /** Goes on with the move of a range where it has stopped. */
  async resume(range: string, options: PacedMoveOptions): Promise<void> {
    const move = (await this.moves()).find((record) => record.range === range);
    if (move === undefined) throw new PandaError('InvalidArgument', `The range ${range} is not moving`, { range });
    await this.#mover.run(move, options);
  }

  async cancel(range: string): Promise<void> {
    await this.#mover.cancel(range);
  }

  /** Resolves when the rows of ranges that have moved away are removed. */
  async cleaned(): Promise<void> {
    await this.#cleaner.idle();
  }

  async close(): Promise<void> {
    this.#background?.close();
    await this.migrations.close();
    await Promise.all([this.balancer.close(), this.#mover.close()]);
    await this.#cleaner.close();
  }
}
