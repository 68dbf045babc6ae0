import { PandaError, timestampAt, type Database, type Snapshot, type Timestamp } from '@pandakv/core';
import { TICKS_PER_MS } from '@pandakv/core/parts';
import { valueAt, type StoreContents } from '../checker/store-contents.js';
import type { Random } from '../kernel/random.js';
import type { Process } from '../machine/process.js';
import type { Companion } from './companion.js';
import { Lanes } from './lanes.js';
import type { World } from '../cluster/world.js';

const EVERY_MS = [100, 1_000];
const RETENTIONS_MS = [500, 3_000, 30_000];
const AGO_MS_MAX = 20_000;
const PROTECTED_MS = 30_000;
/** An expiry is judged by the wall clock, which jumps: it is not looked at where the database's clock is this far from it, or has come this far. */
const CLOCK_SLACK_MS = 15_000;

/** All keys and values that were read at a timestamp. */
interface Seen {
  readonly timestamp: Timestamp;
  readonly values: ReadonlyMap<string, string>;
}

interface Protection {
  readonly timestamp: Timestamp;
  /** Before the clock has come here it has not expired. */
  readonly until: Timestamp;
}

/**
 * Changes how long versions are kept, protects timestamps, has versions collected, and reads at old timestamps (P9): what is answered is
 * right, and what is protected is answered.
 */
export class RetentionChanges implements Companion {
  readonly #world: World;
  readonly #random: Random;
  readonly #everyMs: number;
  readonly #lanes = new Lanes();
  readonly #seen: Seen[] = [];
  readonly #protections = new Map<string, Protection>();

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork();
    this.#everyMs = this.#random.pick(EVERY_MS);
  }

  /** Begins in a process that has opened the database. */
  start(database: Database, process: Process): void {
    const pauseMs = (): number => this.#random.between(0, 2 * this.#everyMs);
    for (let lane = 0; lane < 2; lane++) this.#lanes.start(process, pauseMs, () => this.#step(database, process));
  }

  /** From now on nothing new begins. */
  stop(): void {
    this.#lanes.stop();
  }

  async settle(database: Database, process: Process): Promise<void> {
    await this.#lanes.idle(process);
    await this.#attempt('versions collected', () => database.retention.collect());
  }

  /** What was read that was not so, by all that the stores have ever held. */
  check(contents: StoreContents): string[] {
    return this.#seen.flatMap(({ timestamp, values }) =>
      [...contents.versions.keys()].flatMap((key) => {
        const [was, value] = [valueAt(contents, key, timestamp), values.get(key)];
        return was === value ? [] : [`${key} at ${timestamp} was read as ${value ?? 'absent'}, and was ${was ?? 'absent'}`];
      }),
    );
  }

  async #step(database: Database, process: Process): Promise<void> {
    const random = this.#random;
    switch (random.below(8)) {
      case 0:
        await this.#attempt('retention set', () => database.retention.set(random.pick(RETENTIONS_MS)));
        return;
      case 1: {
        const prefix = String(random.below(10));
        const ms = random.chance(0.3) ? undefined : random.pick(RETENTIONS_MS);
        await this.#attempt('retention set', () => database.retention.set(ms, { prefix }));
        return;
      }
      case 2:
        await this.#protect(database, process);
        return;
      case 3:
        await this.#attempt('versions collected', () => database.retention.collect());
        return;
      default:
        await this.#read(database);
    }
  }

  async #protect(database: Database, { environment }: Process): Promise<void> {
    const name = `p${this.#random.below(3)}`;
    // Whether the old one or the new one holds is not known until it is answered.
    this.#protections.delete(name);
    const { timestamp } = database.snapshot();
    const slack = CLOCK_SLACK_MS * TICKS_PER_MS;
    const isNear = timestamp - timestampAt(environment.now()) < slack;
    const until = timestamp + PROTECTED_MS * TICKS_PER_MS - slack;
    const isDone = await this.#attempt('timestamp protected', () => database.retention.protect(name, timestamp, PROTECTED_MS));
    if (isDone && isNear && !this.#protections.has(name)) this.#protections.set(name, { timestamp, until });
  }

  async #read(database: Database): Promise<void> {
    const random = this.#random;
    const [name, known] = random.pick([...this.#protections, [undefined, undefined] as const]);
    const snapshot = known === undefined ? oldSnapshot(database, random) : database.snapshot(known.timestamp);
    const values = new Map<string, string>();
    try {
      for await (const [key, value] of snapshot.scan({})) values.set(textOf(key), textOf(value));
      this.#seen.push({ timestamp: snapshot.timestamp, values });
      this.#world.counters.add('past read');
    } catch (error) {
      this.#judge(error);
      if (!PandaError.is(error, 'SnapshotTooOld')) return;
      this.#world.counters.add('past given up');
      const isLast = name !== undefined && this.#protections.get(name) === known;
      if (isLast && database.snapshot().timestamp < known.until)
        this.#world.fail(`What was at ${snapshot.timestamp} was given up, though ${name} protects it`);
    }
  }

  async #attempt(what: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      this.#world.counters.add(what);
      return true;
    } catch (error) {
      this.#judge(error);
      return false;
    }
  }

  #judge(error: unknown): void {
    if (PandaError.is(error) && error.code !== 'Corruption') return;
    this.#world.fail(`Retention: ${String((error as Error).stack)}`);
  }
}

function oldSnapshot(database: Database, random: Random): Snapshot {
  const now = database.snapshot().timestamp;
  return database.snapshot(Math.max(0, now - Math.floor(random.between(0, AGO_MS_MAX) * TICKS_PER_MS)));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
