import { openDatabase, PandaError, type Database, type DatabaseConfig } from '@pandakv/core';
import { engineSource } from '../engine/engine-source.js';
import type { StoreServer } from '../engine/store-server.js';
import { SimulatedEngine } from '../engine/simulated-engine.js';
import { NodeClock } from '../machine/node-clock.js';
import { Process } from '../machine/process.js';
import type { Cluster, Member, MemberEvents } from './member.js';
import type { World } from './world.js';

type ShardConfig = DatabaseConfig['shards'][number];

const OPEN_AGAIN_MS = 100;

/** One process that leads all shards, opened as an application opens it: with `openDatabase`. */
export class EmbeddedCluster implements Cluster, Member {
  readonly name = 'n1';
  readonly clock: NodeClock;
  readonly #world: World;
  #splits: DatabaseConfig['splits'];
  /** The shards that the configuration names. */
  readonly #given: Set<string>;
  readonly #events: MemberEvents;
  #process: Process | undefined;
  #database: Database | undefined;

  constructor(world: World, splits: NonNullable<DatabaseConfig['splits']>, events: MemberEvents) {
    this.#world = world;
    this.#splits = splits;
    this.#given = new Set(world.servers.keys());
    this.#events = events;
    this.clock = new NodeClock(world.scheduler);
  }

  get members(): readonly Member[] {
    return [this];
  }

  get process(): Process | undefined {
    return this.#process;
  }

  get database(): Database | undefined {
    return this.#database;
  }

  get isReady(): boolean {
    return this.#database !== undefined;
  }

  start(): void {
    if (this.#process !== undefined) return;
    const { scheduler, random } = this.#world;
    const process = new Process(this.name, scheduler, this.clock, random.fork());
    this.#process = process;
    void this.#open(process).then((database) => {
      if (!process.isAlive) return;
      this.#database = database;
      this.#events.up(this, database, process);
    });
  }

  kill(): void {
    this.#process?.kill();
    this.#process = undefined;
    this.#database = undefined;
    this.#events.down(this);
  }

  /** Ids of the shards that the configuration names. */
  get given(): ReadonlySet<string> {
    return this.#given;
  }

  /** From now on the configuration names a shard; answers it. */
  give(id: string, process: Process): ShardConfig {
    this.#given.add(id);
    return this.#shardOf(this.#world.servers.get(id)!, process);
  }

  /** A shard may be gone. Then the configuration cannot say any more how the database was divided at first. */
  willTake(): void {
    this.#splits = undefined;
  }

  /** From now on the configuration does not name the shard. */
  take(id: string): void {
    this.#given.delete(id);
  }

  takeOver(): void {}

  harm(): void {}

  heal(): void {}

  #shardOf(server: StoreServer, process: Process): ShardConfig {
    const { readsAtOnce } = this.#world;
    const engine = engineSource(`simulated-${server.id}`, () => new SimulatedEngine(server, process, readsAtOnce));
    return { id: server.id, engine };
  }

  async #open(process: Process): Promise<Database> {
    const { servers, settings } = this.#world;
    const { cacheBytes, ...rest } = settings;
    for (;;) {
      try {
        return await openDatabase({
          shards: [...servers.values()].filter(({ id }) => this.#given.has(id)).map((server) => this.#shardOf(server, process)),
          ...(this.#splits === undefined ? {} : { splits: this.#splits }),
          settings: rest,
          cacheBytes: cacheBytes * servers.size,
          environment: process.environment,
        });
      } catch (error) {
        if (!PandaError.is(error) || error.code === 'Corruption')
          this.#world.fail(`openDatabase: ${String((error as Error).stack)}`);
        this.#world.counters.add('opening failed');
        await new Promise<void>((resolve) => process.environment.setTimer(OPEN_AGAIN_MS, resolve));
      }
    }
  }
}
