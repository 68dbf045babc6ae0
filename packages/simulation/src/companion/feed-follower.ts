import { PandaError, type ChangeSet, type Database, type Timestamp } from '@pandakv/core';
import type { Process } from '../machine/process.js';
import type { Companion } from './companion.js';
import { Lanes } from './lanes.js';
import type { World } from '../cluster/world.js';
import { REMOVAL_BEGUN } from './shard-changes.js';

const PAUSE_MS = 100;

/** Follows all that is committed, in each life of the process from where the one before has come; in the end it knows what the database holds. */
export class FeedFollower implements Companion {
  readonly #world: World;
  readonly #lanes = new Lanes();
  readonly #state = new Map<string, string>();
  readonly #told = new Set<string>();
  #last: Timestamp = 0;
  #end = Infinity;
  #isLate = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** Begins in a process that has opened the database. */
  start(database: Database, process: Process): void {
    this.#lanes.start(
      process,
      () => PAUSE_MS,
      () => this.#follow(database),
    );
  }

  /** A feed that has begun goes on, as what it still needs is kept as long as it does. */
  stop(): void {
    this.#lanes.stop();
  }

  /** Follows to the end, and compares. */
  async settle(database: Database, process: Process): Promise<void> {
    this.#end = database.snapshot().timestamp;
    await this.#lanes.idle(process);
    while (this.#last < this.#end && !this.#isLate) await this.#follow(database);
    if (this.#isLate) return;
    const held = new Map<string, string>();
    for await (const [key, value] of database.snapshot(this.#last).scan({})) held.set(textOf(key), textOf(value));
    const differing = [...new Set([...held.keys(), ...this.#state.keys()])].filter(
      (key) => held.get(key) !== this.#state.get(key),
    );
    if (differing.length > 0) this.#world.fail(`A feed has told of other values of ${differing.join(', ')} than there are`);
    this.#world.counters.add('feed followed to the end');
  }

  async #follow(database: Database): Promise<void> {
    if (this.#isLate) return;
    try {
      for await (const entry of database.changes({ since: this.#last })) {
        this.#take(entry);
        if (this.#last >= this.#end) return;
      }
    } catch (error) {
      if (PandaError.is(error) && error.code !== 'Corruption' && error.code !== 'SnapshotTooOld') {
        this.#world.counters.add('feed cut off');
        return;
      }
      // What was committed before it began, and protected what it needs, may be given up.
      const isEarly = this.#last === 0;
      // A shard that is removed waits for who follows, but not for a process that is dead, or in trouble with its engines.
      const isLeftBehind = this.#world.counters.get(REMOVAL_BEGUN) > 0;
      if (PandaError.is(error, 'SnapshotTooOld') && (isEarly || isLeftBehind)) {
        this.#world.counters.add(isEarly ? 'feed begun too late' : 'feed left behind by a removal');
        this.#isLate = true;
        return;
      }
      this.#world.fail(`A feed: ${String((error as Error).stack)}`);
    }
  }

  #take({ timestamp, transactions }: ChangeSet): void {
    if (timestamp <= this.#last) this.#world.fail(`A feed told of ${timestamp} after ${this.#last}`);
    this.#last = timestamp;
    for (const { id, changes } of transactions) {
      if (this.#told.has(id)) this.#world.fail(`A feed told of transaction ${id} twice`);
      this.#told.add(id);
      for (const { key, value } of changes) {
        if (value === undefined) this.#state.delete(textOf(key));
        else this.#state.set(textOf(key), textOf(value));
      }
    }
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
