import { PandaError, timestampAt, type Database, type Snapshot, type Timestamp } from '@pandakv/core';
import { ROW_SPACE, TICKS_PER_MS } from '@pandakv/core/parts';
import { afterSpace, valueAt, type StoreContents } from '../checker/store-contents.js';
import type { StoreServer } from '../engine/store-server.js';
import type { Random } from '../kernel/random.js';
import type { Process } from '../machine/process.js';
import type { Companion } from './companion.js';
import { KnownProtections, type KnownProtection } from './known-protections.js';
import { Lanes } from './lanes.js';
import type { World } from '../cluster/world.js';

const EVERY_MS = [100, 1_000];
const RETENTIONS_MS = [500, 3_000, 30_000];
/** Of protections. */
const NAMES = ['p0', 'p1', 'p2'];
const AGO_MS_MAX = 20_000;
const PROTECTED_MS = 30_000;
/** An expiry is judged by the wall clock, which jumps: it is not looked at where the database's clock is this far from it, or has come this far. */
const CLOCK_SLACK_MS = 15_000;
/** In the end. */
const SHORT_MS = 100;
const AGAIN_MS = 50;

/** All keys and values that were read at a timestamp. */
interface Seen {
  readonly timestamp: Timestamp;
  readonly values: ReadonlyMap<string, string>;
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
  readonly #protections = new KnownProtections();
  readonly #prefixes = new Set<string>();
  /** Nothing keeps any version any more. */
  #isAllDue = false;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork();
    this.#everyMs = this.#random.pick(EVERY_MS);
  }

  /** Begins in a process that has opened the database. */
  start(database: Database, process: Process): void {
    this.#protections.beginLife();
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

  /** When nobody reads the past any more. */
  async conclude(database: Database, process: Process): Promise<void> {
    while (!(await this.#attempt('all versions let go', () => this.#letGo(database)))) {
      await new Promise<void>((resolve) => process.environment.setTimer(AGAIN_MS, resolve));
    }
  }

  /** Versions that stay for ever, though nobody needs them: asked for until there are none, once clients and moves have ended. */
  unfinished(servers: readonly StoreServer[]): string[] {
    if (!this.#isAllDue) return [];
    return servers.flatMap(({ id, store }) =>
      store.rows
        .keys(ROW_SPACE.history, afterSpace(ROW_SPACE.history))
        .map((key) => `${id}: version ${JSON.stringify(key.slice(1))}`),
    );
  }

  /** From now on versions are kept for a moment. What a feed protects, which was cut off, is kept for longer. */
  async #letGo({ retention }: Database): Promise<void> {
    for (const name of NAMES) await retention.release(name);
    for (const prefix of this.#prefixes) await retention.set(undefined, { prefix });
    await retention.set(SHORT_MS);
    const { protections } = await retention.status();
    for (const { name } of protections) if (NAMES.includes(name)) this.#world.fail(`${name} was released, and still protects`);
    this.#isAllDue = protections.length === 0;
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
    switch (random.below(9)) {
      case 0:
        await this.#attempt('retention set', () => database.retention.set(random.pick(RETENTIONS_MS)));
        return;
      case 1: {
        const prefix = String(random.below(10));
        this.#prefixes.add(prefix);
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
      case 4:
        await this.#release(database);
        return;
      default:
        await this.#read(database);
    }
  }

  async #protect(database: Database, { environment }: Process): Promise<void> {
    const name = this.#random.pick(NAMES);
    const { timestamp } = database.snapshot();
    const slack = CLOCK_SLACK_MS * TICKS_PER_MS;
    const isNear = timestamp - timestampAt(environment.now()) < slack;
    const protection = { name, timestamp, until: timestamp + PROTECTED_MS * TICKS_PER_MS - slack };
    await this.#protections.change(name, isNear ? protection : undefined, () =>
      this.#attempt('timestamp protected', () => database.retention.protect(name, timestamp, PROTECTED_MS)),
    );
  }

  async #release(database: Database): Promise<void> {
    const name = this.#random.pick(NAMES);
    await this.#protections.change(name, undefined, () =>
      this.#attempt('protection released', () => database.retention.release(name)),
    );
  }

  async #read(database: Database): Promise<void> {
    const random = this.#random;
    const known = random.pick([...this.#protections.all, undefined]);
    const snapshot = known === undefined ? oldSnapshot(database, random) : database.snapshot(known.timestamp);
    const values = new Map<string, string>();
    try {
      for await (const [key, value] of snapshot.scan({})) values.set(textOf(key), textOf(value));
      this.#seen.push({ timestamp: snapshot.timestamp, values });
      this.#world.counters.add('past read');
    } catch (error) {
      this.#judge(error);
      if (PandaError.is(error, 'SnapshotTooOld')) await this.#checkRefusal(database, snapshot.timestamp, known);
    }
  }

  /** A read was refused because what it asked for is given up. */
  async #checkRefusal(database: Database, timestamp: Timestamp, known: KnownProtection | undefined): Promise<void> {
    this.#world.counters.add('past given up');
    const isLast = known !== undefined && this.#protections.stands(known);
    if (isLast && database.snapshot().timestamp < known.until)
      this.#world.fail(`What was at ${timestamp} was given up, though ${known.name} protects it`);
    await this.#attempt('refusal compared with the thresholds', async () => {
      // Thresholds do not go back: those of now are above what has refused.
      const { prefixes } = await database.retention.status();
      const isBelow = prefixes.some(({ threshold }) => timestamp < threshold);
      if (!isBelow) this.#world.fail(`A read at ${timestamp} was refused, though it is below no threshold`);
    });
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
