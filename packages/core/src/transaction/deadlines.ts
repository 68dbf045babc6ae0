import type { Environment } from '../clock/index.js';
import type { PandaError } from '../errors/index.js';

/** How late a deadline may be noticed, in milliseconds. */
const RESOLUTION_MS = 50;

/** Work under way; the neighbours make a list, from which it goes in one step and leaves nothing behind. */
interface Pending {
  readonly deadlineMs: number;
  readonly expire: () => void;
  before: Pending | undefined;
  after: Pending | undefined;
}

/** Ends what takes too long. One timer for all, as a commit is much shorter than it takes to set and clear its own. */
export class Deadlines {
  readonly #environment: Environment;
  readonly #waiting: (() => void)[] = [];
  #first: Pending | undefined;
  #isTicking = false;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The promise's result, or the error of `onTimeout` soon after the wall clock has reached `deadlineMs`. */
  race<T>(promise: Promise<T>, deadlineMs: number, onTimeout: () => PandaError): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const expire = () => reject(onTimeout());
      const pending: Pending = { deadlineMs, expire, before: undefined, after: this.#first };
      if (this.#first !== undefined) this.#first.before = pending;
      this.#first = pending;
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
    while (this.#first !== undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #end(pending: Pending): void {
    const { before, after } = pending;
    if (before !== undefined) before.after = after;
    else if (this.#first === pending) this.#first = after;
    if (after !== undefined) after.before = before;
    pending.before = undefined;
    pending.after = undefined;
    if (this.#first !== undefined || this.#waiting.length === 0) return;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Keeps the process alive while something is pending, as its caller would wait in vain otherwise. */
  #tick(): void {
    this.#isTicking = true;
    this.#environment.setTimer(RESOLUTION_MS, () => {
      this.#isTicking = false;
      const now = this.#environment.now();
      let pending = this.#first;
      while (pending !== undefined) {
        const { after } = pending;
        if (pending.deadlineMs <= now) {
          this.#end(pending);
          pending.expire();
        }
        pending = after;
      }
      if (this.#first !== undefined) this.#tick();
    });
  }
}
