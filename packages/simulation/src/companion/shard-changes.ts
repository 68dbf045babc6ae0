import { PandaError, type Database } from '@pandakv/core';
import type { Random } from '../kernel/random.js';
import type { Process } from '../machine/process.js';
import type { EmbeddedCluster } from '../cluster/embedded-cluster.js';
import type { Companion } from './companion.js';
import { Lanes } from './lanes.js';
import type { World } from '../cluster/world.js';

/** What is counted. */
export const REMOVAL_BEGUN = 'removal of a shard begun';
const EVERY_MS = [50, 500];
/** Of a shard that takes no ranges any more, it is soon seen that it is removed, so that most take some. */
const DRAINS_MAX = 1;

/** Adds, drains and removes shards, balances them, and moves the catalog, while clients work. */
export class ShardChanges implements Companion {
  readonly #world: World;
  readonly #cluster: EmbeddedCluster;
  readonly #random: Random;
  readonly #everyMs: number;
  readonly #lanes = new Lanes();

  constructor(world: World, cluster: EmbeddedCluster) {
    this.#world = world;
    this.#cluster = cluster;
    this.#random = world.random.fork();
    this.#everyMs = this.#random.pick(EVERY_MS);
  }

  /** Begins in a process that has opened the database. */
  start(database: Database, process: Process): void {
    this.#lanes.start(
      process,
      () => this.#random.between(0, 2 * this.#everyMs),
      () => this.#change(database, process),
    );
  }

  /** From now on no change begins. */
  stop(): void {
    this.#lanes.stop();
  }

  async settle(database: Database, process: Process): Promise<void> {
    await this.#lanes.idle(process);
    for (let moves = await database.moves(); moves.length > 0; moves = await database.moves()) {
      for (const { range } of moves) await this.#attempt('a move ended', () => database.cancelMove(range.id));
    }
    await database.movesCleaned();
    const members = new Set((await database.shards()).map(({ id }) => id));
    for (const id of [...this.#cluster.given]) if (!members.has(id)) this.#cluster.take(id);
  }

  async #change(database: Database, process: Process): Promise<void> {
    const random = this.#random;
    const members = await this.#attempt(undefined, () => database.shards());
    if (members === undefined) return;
    const ids = members.map(({ id }) => id);
    const draining = members.filter(({ state }) => state === 'draining').map(({ id }) => id);
    const others = [...this.#world.servers.keys()].filter((id) => !ids.includes(id));
    switch (random.below(5)) {
      case 0:
        if (others.length > 0) {
          const shard = this.#cluster.give(random.pick(others), process);
          await this.#attempt('shard added', () => database.addShard(shard));
        }
        return;
      case 1: {
        const active = ids.filter((id) => !draining.includes(id));
        if (draining.length >= DRAINS_MAX || active.length < 2) return;
        await this.#attempt('shard drained', () => database.drainShard(random.pick(active)));
        return;
      }
      case 2:
        if (draining.length > 0) await this.#remove(database, random.pick(draining));
        return;
      case 3:
        await this.#attempt('catalog moved', () => database.moveCatalog(random.pick(ids)));
        return;
      default:
        await this.#attempt('shards balanced', () => database.balance());
    }
  }

  async #remove(database: Database, id: string): Promise<void> {
    await this.#attempt('shard drained again', () => database.drainShard(id));
    this.#cluster.willTake();
    this.#world.counters.add(REMOVAL_BEGUN);
    const isRemoved = await this.#attempt('shard removed', async () => {
      await database.removeShard(id);
      return true;
    });
    // Where it is not known whether it was removed, it is given again, and then it is added again.
    if (isRemoved === true) this.#cluster.take(id);
  }

  async #attempt<T>(what: string | undefined, work: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await work();
      if (what !== undefined) this.#world.counters.add(what);
      return result;
    } catch (error) {
      if (PandaError.is(error) && error.code !== 'Corruption') this.#world.counters.add('change of shards refused');
      else this.#world.fail(`A change of shards: ${String((error as Error).stack)}`);
      return undefined;
    }
  }
}
