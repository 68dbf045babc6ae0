import type { Environment, Timer } from './environment.js';

/**
 * An environment whose wall clock never goes back: when the machine's does, it goes on from where it was at the machine's pace.
 * All clocks and deadlines of a database share one, so that none of them sees the other stand still or lie ahead.
 */
export class SteadyEnvironment implements Environment {
  readonly #machine: Environment;
  #offsetMs = 0;
  #lastMs = 0;

  constructor(machine: Environment) {
    this.#machine = machine;
  }

  now(): number {
    const now = this.#machine.now() + this.#offsetMs;
    if (now < this.#lastMs) {
      this.#offsetMs += this.#lastMs - now;
      return this.#lastMs;
    }
    this.#lastMs = now;
    return now;
  }

  /**
   * Goes on from `reachedMs`, which an earlier process has seen, when the machine's clock has since gone back by more than
   * `toleranceMs`. What is less the hybrid clocks bridge by themselves.
   */
  resumeAt(reachedMs: number, toleranceMs: number): void {
    const behindMs = reachedMs - this.now();
    if (behindMs > toleranceMs) this.#offsetMs += behindMs;
  }

  random(): number {
    return this.#machine.random();
  }

  setTimer(delayMs: number, callback: () => void, options?: { readonly background?: boolean }): Timer {
    return this.#machine.setTimer(delayMs, callback, options);
  }

  defer(callback: () => void): void {
    this.#machine.defer(callback);
  }
}
