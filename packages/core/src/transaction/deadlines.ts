import type { Environment } from '../clock/index.js';
import type { PandaError } from '../errors/index.js';

/** How late a deadline may be noticed, in milliseconds. */
const RESOLUTION_MS = 50;

interface Pending {
  readonly deadlineMs: number;
  readonly expire: () => void;
}

/** Ends what takes too long. One timer for all, as a commit is much shorter than it takes to set and clear its own. */
export class Deadlines {
  readonly #environment: Environment;
  readonly #pending = new Set<Pending>();
  readonly #waiting: (() => void)[] = [];
  #isTicking = false;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The promise's result, or the error of `onTimeout` soon after the wall clock has reached `deadlineMs`. */
  race<T>(promise: Promise<T>, deadlineMs: number, onTimeout: () => PandaError): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const pending: Pending = { deadlineMs, expire: () => reject(onTimeout()) };
      this.#pending.add(pending);
      if (!this.#isTicking) this.#tick();
      promise.then(
        (value) => {
          this.#end(pending);
          resolve(value);
        },
        (error: unknown) => {
          this.#end(pending);
          reject(error);
        },
      );
    });
  }

  /** Resolves when nothing is pending. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #end(pending: Pending): void {
    this.#pending.delete(pending);
    if (this.#pending.size > 0 || this.#waiting.length === 0) return;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Keeps the process alive while something is pending, as its caller would wait in vain otherwise. */
  #tick(): void {
    this.#isTicking = true;
    this.#environment.setTimer(RESOLUTION_MS, () => {
      this.#isTicking = false;
      const now = this.#environment.now();
      for (const pending of this.#pending) {
        if (pending.deadlineMs > now) continue;
        this.#end(pending);
        pending.expire();
      }
      if (this.#pending.size > 0) this.#tick();
    });
  }
}
