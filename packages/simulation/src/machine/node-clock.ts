import type { Scheduler } from '../kernel/scheduler.js';

const START_MS = Date.UTC(2026, 0, 1);

/** The wall clock of a machine: it may run fast or slow, and jump. It stays with the machine when a process dies. */
export class NodeClock {
  readonly #scheduler: Scheduler;
  /** Wall time at the virtual time `#since`. */
  #base = START_MS;
  #since = 0;
  #rate = 1;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  get now(): number {
    return this.#base + (this.#scheduler.now - this.#since) * this.#rate;
  }

  /** How far it is ahead of true time. */
  get offsetMs(): number {
    return this.now - (START_MS + this.#scheduler.now);
  }

  /** From now on it is this far ahead of true time, and runs at this rate. */
  set(offsetMs: number, rate: number): void {
    this.#base = START_MS + this.#scheduler.now + offsetMs;
    this.#since = this.#scheduler.now;
    this.#rate = rate;
  }
}
