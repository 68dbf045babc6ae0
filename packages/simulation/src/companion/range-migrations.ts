import { PandaError, type Database, type MigrationStatus } from '@pandakv/core';
import type { Random } from '../kernel/random.js';
import type { Process } from '../machine/process.js';
import type { Companion } from './companion.js';
import { Lanes } from './lanes.js';
import type { World } from '../cluster/world.js';

const EVERY_MS = 400;
/** How long it is waited for what was asked for; it goes on without anybody waiting. */
const WAITS_MS = [50, 500, 4_000];

/** Migrates the ranges of shards to others and back while clients work, in each life of the process; in the end, ends the migration. */
export class RangeMigrations implements Companion {
  readonly #world: World;
  readonly #random: Random;
  readonly #lanes = new Lanes();

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork();
  }

  /** Begins in a process that has opened the database. */
  start(database: Database, process: Process): void {
    if (this.#world.servers.size < 2) return;
    const pauseMs = (): number => this.#random.between(0, 2 * EVERY_MS);
    this.#lanes.start(process, pauseMs, () => this.#step(database, process));
  }

  /** From now on nothing is asked for. */
  stop(): void {
    this.#lanes.stop();
  }

  /** Ends the migration that is under way, one way or the other. Resolves when nothing is left of it. */
  async settle(database: Database, process: Process): Promise<void> {
    await this.#lanes.idle(process);
    const isForward = this.#random.chance(0.5);
    for (let status = await database.migrate.status(); status !== undefined; status = await database.migrate.status()) {
      const known = status;
      await this.#attempt('migration ended', () => this.#bringToEnd(database, known, isForward));
    }
    await database.movesCleaned();
  }

  async #bringToEnd({ migrate }: Database, status: MigrationStatus, isForward: boolean): Promise<void> {
    if (status.isPaused) await migrate.resume();
    if (status.phase === 'complete') await migrate.complete();
    else if (status.phase === 'cancel') await migrate.cancel();
    else if (isForward) {
      await migrate.verify();
      await migrate.switch();
      await migrate.complete();
    } else {
      if (status.phase !== 'copy' && status.phase !== 'follow') await migrate.reverse();
      await migrate.cancel();
    }
  }

  async #step({ migrate }: Database, process: Process): Promise<void> {
    const random = this.#random;
    const aborter = new AbortController();
    const { signal } = aborter;
    const timer = process.environment.setTimer(random.pick(WAITS_MS), () => aborter.abort());
    const steps: [string, () => Promise<unknown>][] = [
      ['migration verified', () => migrate.verify({ signal })],
      ['migration switched', () => migrate.switch({ signal })],
      ['migration reversed', () => migrate.reverse({ signal })],
      ['migration paused', () => migrate.pause()],
      ['migration resumed', () => migrate.resume({ signal })],
      ['migration cancelled', () => migrate.cancel({ signal })],
      ['migration completed', () => migrate.complete({ signal })],
    ];
    const isUnderWay = (await this.#attempt(undefined, () => migrate.status())) !== undefined;
    const [what, work] = isUnderWay ? random.pick(steps) : (['migration started', () => this.#begin(migrate, signal)] as const);
    await this.#attempt(what, work, signal);
    timer.cancel();
  }

  async #begin(migrate: Database['migrate'], signal: AbortSignal): Promise<void> {
    const [first, ...others] = this.#random.sample([...this.#world.servers.keys()], 3);
    await migrate.start({ from: [first!], to: others, signal });
  }

  /** What did not go well is judged: others change the same ranges, and engines fail, but no invariant may break. */
  async #attempt<T>(what: string | undefined, work: () => Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
    try {
      const result = await work();
      if (what !== undefined) this.#world.counters.add(what);
      return result;
    } catch (error) {
      if (signal?.aborted === true && !PandaError.is(error)) return undefined;
      if (PandaError.is(error) && error.code !== 'Corruption') this.#world.counters.add('step of a migration refused');
      else this.#world.fail(`A migration: ${String((error as Error).stack)}`);
      return undefined;
    }
  }
}
