import { openDatabase, PandaError, type Database, type DatabaseConfig } from '@pandakv/core';
import { engineSource } from '../engine/engine-source.js';
import { SimulatedEngine } from '../engine/simulated-engine.js';
import { NodeClock } from '../machine/node-clock.js';
import { Process } from '../machine/process.js';
import type { Cluster, Member, MemberEvents } from './member.js';
import type { World } from './world.js';

const OPEN_AGAIN_MS = 100;

/** One process that leads all shards, opened as an application opens it: with `openDatabase`. */
export class EmbeddedCluster implements Cluster, Member {
  readonly name = 'n1';
  readonly clock: NodeClock;
  readonly #world: World;
  readonly #splits: DatabaseConfig['splits'];
  readonly #events: MemberEvents;
  #process: Process | undefined;
  #database: Database | undefined;

  constructor(world: World, splits: NonNullable<DatabaseConfig['splits']>, events: MemberEvents) {
    this.#world = world;
    this.#splits = splits;
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

  takeOver(): void {}

  harm(): void {}

  heal(): void {}

  async #open(process: Process): Promise<Database> {
    const { servers, settings, readsAtOnce } = this.#world;
    const { cacheBytes, ...rest } = settings;
    for (;;) {
      try {
        return await openDatabase({
          shards: [...servers.values()].map((server) => ({
            id: server.id,
            engine: engineSource(`simulated-${server.id}`, () => new SimulatedEngine(server, process, readsAtOnce)),
          })),
          splits: this.#splits ?? [],
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
