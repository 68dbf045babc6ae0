import { PandaError, range, type Database, type MoveOptions, type MoveProgress, type RangeInfo } from '@pandakv/core';
import type { Random } from '../kernel/random.js';
import type { Process } from '../machine/process.js';
import { keyOf, KEYS } from '../workload/workload.js';
import type { Companion } from './companion.js';
import { Lanes } from './lanes.js';
import type { World } from '../cluster/world.js';

const EVERY_MS = [50, 300, 1_500];
/** A cut-over gives up when the prepared transactions in its way take longer. */
const PAUSES_MS = [5, 200, 1_000];

/** Splits, merges and moves ranges while clients work, in each life of the process; in the end, ends what is left of it. */
export class RangeChanges implements Companion {
  readonly #world: World;
  readonly #random: Random;
  readonly #everyMs: number;
  readonly #lanes = new Lanes();

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork();
    this.#everyMs = this.#random.pick(EVERY_MS);
  }

  /** Begins in a process that has opened the database. */
  start(database: Database, process: Process): void {
    const pauseMs = (): number => this.#random.between(0, 2 * this.#everyMs);
    // Several at a time: a move takes long, and the rest happens beside it.
    for (let lane = 0; lane < 2; lane++) this.#lanes.start(process, pauseMs, () => this.#change(database));
  }

  /** From now on no change begins. */
  stop(): void {
    this.#lanes.stop();
  }

  /** Ends every move that has begun, one way or the other. Resolves when nothing is left of them. */
  async settle(database: Database, process: Process): Promise<void> {
    await this.#lanes.idle(process);
    for (;;) {
      const moves = await database.moves();
      if (moves.length === 0) break;
      for (const { range: moving } of moves) {
        await this.#attempt('a move ended', () =>
          this.#random.chance(0.7) ? this.#resume(database, moving) : database.cancelMove(moving.id),
        );
      }
    }
    await database.movesCleaned();
  }

  async #change(database: Database): Promise<void> {
    const random = this.#random;
    const ranges = database.ranges();
    const key = keyOf(random.below(KEYS), random.pick(['', '\0', 'a']));
    const moving = await this.#moving(database);
    switch (random.below(moving === undefined ? 6 : 8)) {
      case 0:
      case 1:
        await this.#attempt('range split', () => database.split(key));
        return;
      case 2:
        await this.#attempt('range merged', () => database.merge(random.pick(ranges).start));
        return;
      case 3:
      case 4:
      case 5:
        await this.#attempt('range moved', () => this.#move(database, random.pick(ranges)));
        return;
      case 6:
        await this.#attempt('move resumed', () => this.#resume(database, moving!));
        return;
      default:
        await this.#attempt('move cancelled', () => database.cancelMove(moving!.id));
    }
  }

  async #moving(database: Database): Promise<RangeInfo | undefined> {
    try {
      const moves = await database.moves();
      return moves.length === 0 ? undefined : this.#random.pick(moves).range;
    } catch (error) {
      this.#judge(error);
      return undefined;
    }
  }

  #move(database: Database, { start, end }: RangeInfo): Promise<void> {
    const to = this.#random.pick([...this.#world.servers.keys()]);
    return database.move(range(start, end), to, this.#options());
  }

  #resume(database: Database, { id }: RangeInfo): Promise<void> {
    return database.resumeMove(id, this.#options());
  }

  #options(): MoveOptions {
    const pauseBudgetMs = this.#random.pick(PAUSES_MS);
    if (this.#world.bug !== 'move-loses-last-tail') return { pauseBudgetMs };
    const onProgress = ({ to, phase }: MoveProgress): void => {
      this.#world.servers.get(to)!.losesMovedRows = phase === 'cut-over';
    };
    return { pauseBudgetMs, onProgress };
  }

  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#world.counters.add(what);
    } catch (error) {
      this.#judge(error);
    }
  }

  /** Much may be refused, as others change the same ranges, and engines fail; a broken invariant may not be. */
  #judge(error: unknown): void {
    if (PandaError.is(error) && error.code !== 'Corruption') {
      this.#world.counters.add('change of ranges refused');
      return;
    }
    this.#world.fail(`A change of ranges: ${String((error as Error).stack)}`);
  }
}
