import type { Environment, Timer } from '@pandakv/core';
import type { Random } from '../kernel/random.js';
import type { Owner, Scheduler } from '../kernel/scheduler.js';
import type { NodeClock } from './node-clock.js';

/** One life of a process. What it had in memory, and what it waited for, ends with it. */
export class Process implements Owner {
  readonly name: string;
  readonly environment: Environment;
  /** Called after each {@link step}. */
  onStep: (() => void) | undefined;
  #isAlive = true;
  #pausedUntil = 0;

  constructor(name: string, scheduler: Scheduler, clock: NodeClock, random: Random) {
    this.name = name;
    this.environment = {
      now: () => Math.floor(clock.now),
      random: () => random.next(),
      setTimer: (delayMs, callback): Timer =>
        scheduler.schedule(delayMs, { kind: 'timer', label: `${name} timer`, owner: this, run: callback }),
      defer: (callback) => {
        scheduler.schedule(0, { kind: 'turn', label: `${name} turn`, owner: this, run: callback });
      },
    };
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  /** It has done something that others may notice. */
  step(): void {
    this.onStep?.();
  }

  kill(): void {
    this.#isAlive = false;
  }

  /** Stands still until a virtual time, as after SIGSTOP. */
  pauseUntil(time: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, time);
  }
}
