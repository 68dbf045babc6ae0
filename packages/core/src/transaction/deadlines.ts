import type { Environment } from '../clock/index.js';
import type { PandaError } from '../errors/index.js';

/** How late a deadline may be noticed, in milliseconds. */
const RESOLUTION_MS = 50;

/** Work under way; the neighbours make a list, from which it goes in one step and leaves nothing behind. */
interface Pending {
  readonly deadlineMs: number;
  readonly expire: () => void;
  isPending: boolean;
  before: Pending | undefined;
  after: Pending | undefined;
}

/** What is to happen at the end of what has a deadline. */
export interface Race<T> {
  /** A result in time is shown here before whoever waits gets it. */
  readonly onResult: (result: T) => void;
  readonly onTimeout: () => PandaError;
  /** Other work to go on with instead, within the same deadline; undefined where there is none. */
  readonly onRefusal?: ((failure: unknown) => Promise<T> | undefined) | undefined;
  /** What to go on with after a failure in time; without it, that is the end. */
  readonly onFailure?: ((failure: unknown) => Promise<T>) | undefined;
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
  race<T>(promise: Promise<T>, deadlineMs: number, { onResult, onTimeout, onRefusal, onFailure }: Race<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const expire = () => reject(onTimeout());
      const pending: Pending = { deadlineMs, expire, isPending: true, before: undefined, after: this.#first };
      if (this.#first !== undefined) this.#first.before = pending;
      this.#first = pending;
      if (!this.#isTicking) this.#tick();
      const succeed = (result: T): void => {
        if (!this.#end(pending)) return;
        onResult(result);
        resolve(result);
      };
      promise.then(succeed, (error: unknown) => {
        const fail = (failure: unknown): void => {
          if (!this.#end(pending)) return;
          if (onFailure === undefined) reject(failure);
          else resolve(onFailure(failure));
        };
        const instead = onRefusal?.(error);
        if (instead === undefined) fail(error);
        else instead.then(succeed, fail);
      });
    });
  }

  /** Resolves when nothing is pending. */
  async settled(): Promise<void> {
    while (this.#first !== undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** False when it has ended before. */
  #end(pending: Pending): boolean {
    if (!pending.isPending) return false;
    pending.isPending = false;
    const { before, after } = pending;
    if (before !== undefined) before.after = after;
    else if (this.#first === pending) this.#first = after;
    if (after !== undefined) after.before = before;
    pending.before = undefined;
    pending.after = undefined;
    if (this.#first === undefined && this.#waiting.length > 0) for (const wake of this.#waiting.splice(0)) wake();
    return true;
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
