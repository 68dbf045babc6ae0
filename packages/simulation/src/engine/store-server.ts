import type { WriteBatch } from '@pandakv/core/engine';
import type { Random } from '../kernel/random.js';
import type { Counters } from '../kernel/counters.js';
import type { Scheduler } from '../kernel/scheduler.js';
import { NO_ENGINE_FAULTS, type EngineFaults } from './engine-faults.js';
import { withGivenRanges, withoutMovedRows } from './moved-rows.js';
import { Store } from './store.js';

export interface StoreServerParts {
  readonly id: string;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly counters: Counters;
  /** Plants a bug: a crash loses batches that were synced. */
  readonly losesSynced?: boolean;
  /** Plants a bug: writes apply whatever their guard. */
  readonly ignoresGuards?: boolean;
  /** Plants a bug: the row of a range that goes to another shard stays. */
  readonly keepsGivenRanges?: boolean;
}

/** Where a store runs: it has latency, may be down, stuck or full, and may crash. Processes reach it through `SimulatedEngine`. */
export class StoreServer {
  readonly id: string;
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly counters: Counters;
  faults: EngineFaults = NO_ENGINE_FAULTS;
  /** Plants a bug: rows that a move brings are not written. */
  losesMovedRows = false;
  /** Grows with every crash: what was asked of an earlier life gets no result. */
  life = 0;
  #downUntil = 0;
  #stalledUntil = 0;
  #fullUntil = 0;
  readonly #losesSynced: boolean;
  readonly #keepsGivenRanges: boolean;

  constructor({
    id,
    scheduler,
    random,
    counters,
    losesSynced = false,
    ignoresGuards = false,
    keepsGivenRanges = false,
  }: StoreServerParts) {
    this.id = id;
    this.scheduler = scheduler;
    this.random = random;
    this.counters = counters;
    this.#losesSynced = losesSynced;
    this.#keepsGivenRanges = keepsGivenRanges;
    this.store = new Store({ keepsSynced: losesSynced, ignoresGuards });
  }

  get isDown(): boolean {
    return this.scheduler.now < this.#downUntil;
  }

  get isStalled(): boolean {
    return this.scheduler.now < this.#stalledUntil;
  }

  get isFull(): boolean {
    return this.scheduler.now < this.#fullUntil;
  }

  /** The store applies a batch, or what a planted bug makes of it. */
  apply(batch: WriteBatch): number {
    const brought = this.losesMovedRows ? withoutMovedRows(batch) : batch;
    return this.store.apply(this.#keepsGivenRanges ? withGivenRanges(brought) : brought);
  }

  /** Time that an operation takes until it is done, and again until its answer is there. */
  latency(): number {
    const { random } = this;
    const waiting = Math.max(0, this.#stalledUntil - this.scheduler.now);
    if (random.chance(this.faults.slow)) {
      this.counters.add('engine slow');
      return waiting + random.between(1, this.faults.slowMs);
    }
    return waiting + 0.02 + random.next() * 0.3;
  }

  crash(downMs: number): void {
    const lost = this.store.crash((count) => this.random.below(count + 1));
    this.counters.add('engine crash');
    this.counters.add('engine crash: unsynced batches lost', lost);
    if (this.#losesSynced) this.store.loseSynced(1 + this.random.below(2));
    this.life++;
    this.#downUntil = this.scheduler.now + downMs;
  }

  stall(forMs: number): void {
    this.counters.add('engine stall');
    this.#stalledUntil = Math.max(this.#stalledUntil, this.scheduler.now + forMs);
  }

  fill(forMs: number): void {
    this.counters.add('engine full');
    this.#fullUntil = Math.max(this.#fullUntil, this.scheduler.now + forMs);
  }

  /** Ends all faults. */
  heal(): void {
    this.faults = NO_ENGINE_FAULTS;
    this.#downUntil = 0;
    this.#stalledUntil = 0;
    this.#fullUntil = 0;
  }
}
