import type { Environment } from '../clock/index.js';
import type { PandaError } from '../errors/index.js';

/** How late a deadline may be noticed, in milliseconds. */
const RESOLUTION_MS = 50;

/** Work under way; the neighbours make a list, from which it goes in one step and leaves nothing behind. */
class Pending<T, Context> {
  resolve!: (result: T | Promise<T>) => void;
  reject!: (error: unknown) => void;
  isPending = true;
  before: Pending<T, Context> | undefined;
  after: Pending<T, Context> | undefined;

  constructor(
    readonly deadlineMs: number,
    readonly context: Context,
  ) {}
}

/** What is to happen at the end of work, of which `context` tells what is to be known. */
export interface Race<T, Context> {
  /** A result in time is shown here before whoever waits gets it. */
  readonly onResult?: (result: T, context: Context) => void;
  readonly onTimeout: (context: Context) => PandaError;
  /** Other work to go on with instead, within the same deadline; undefined where there is none. */
  readonly onRefusal?: (failure: unknown, context: Context) => Promise<T> | undefined;
  /** What to go on with after a failure in time; undefined where that is the end. */
  readonly onFailure?: (failure: unknown, context: Context) => Promise<T> | undefined;
}

/**
 * Ends what takes too long. One timer for all, as a commit is much shorter than it takes to set and clear its own; and one {@link Race} for
 * all, as functions made for each commit would be a tenth of what it leaves to be collected.
 */
export class Deadlines<T, Context> {
  readonly #environment: Environment;
  readonly #race: Race<T, Context>;
  readonly #waiting: (() => void)[] = [];
  #first: Pending<T, Context> | undefined;
  #isTicking = false;

  constructor(environment: Environment, race: Race<T, Context>) {
    this.#environment = environment;
    this.#race = race;
  }

  /** The promise's result, or the error of `onTimeout` soon after the wall clock has reached `deadlineMs`. */
  race(promise: Promise<T>, deadlineMs: number, context: Context): Promise<T> {
    const pending = new Pending<T, Context>(deadlineMs, context);
    const raced = new Promise<T>((resolve, reject) => {
      pending.resolve = resolve;
      pending.reject = reject;
    });
    pending.after = this.#first;
    if (this.#first !== undefined) this.#first.before = pending;
    this.#first = pending;
    if (!this.#isTicking) this.#tick();
    promise.then(
      (result) => this.#succeed(pending, result),
      (error: unknown) => this.#refuse(pending, error),
    );
    return raced;
  }

  #succeed(pending: Pending<T, Context>, result: T): void {
    if (!this.#end(pending)) return;
    this.#race.onResult?.(result, pending.context);
    pending.resolve(result);
  }

  #refuse(pending: Pending<T, Context>, failure: unknown): void {
    const instead = this.#race.onRefusal?.(failure, pending.context);
    if (instead === undefined) this.#fail(pending, failure);
    else
      instead.then(
        (result) => this.#succeed(pending, result),
        (error: unknown) => this.#fail(pending, error),
      );
  }

  #fail(pending: Pending<T, Context>, failure: unknown): void {
    if (!this.#end(pending)) return;
    const more = this.#race.onFailure?.(failure, pending.context);
    if (more === undefined) pending.reject(failure);
    else pending.resolve(more);
  }

  /** Resolves when nothing is pending. */
  async settled(): Promise<void> {
    while (this.#first !== undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** False when it has ended before. */
  #end(pending: Pending<T, Context>): boolean {
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
          pending.reject(this.#race.onTimeout(pending.context));
        }
        pending = after;
      }
      if (this.#first !== undefined) this.#tick();
    });
  }
}
