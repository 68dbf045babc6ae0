import type { Environment, Timer } from '../clock/index.js';

export interface GroupStartParts {
  readonly environment: Environment;
  /** How long what nobody waits for is kept waiting for company, in milliseconds. */
  readonly lazyFlushMs: number;
  /** Whether a group may begin; asked when one is to be, and again when its time has come. */
  readonly mayBegin: () => boolean;
  readonly begin: () => void;
}

/** When the next group begins. */
export class GroupStart {
  readonly #parts: GroupStartParts;
  #isScheduled = false;
  #lazyTimer: Timer | undefined;

  constructor(parts: GroupStartParts) {
    this.#parts = parts;
  }

  get isScheduled(): boolean {
    return this.#isScheduled;
  }

  /** After this turn, with all that it brings. */
  nextTurn(): void {
    if (this.#claim()) this.#parts.environment.defer(this.#begin);
  }

  /** Where little is going on, a commit is not kept waiting for the rest of the turn, only for what joins in the same breath. */
  soon(): void {
    if (this.#claim()) void Promise.resolve().then(this.#begin);
  }

  /** With the next group that somebody waits for, or after a while. */
  lazily(): void {
    if (this.#lazyTimer !== undefined || this.#isScheduled || !this.#parts.mayBegin()) return;
    this.#lazyTimer = this.#parts.environment.setTimer(this.#parts.lazyFlushMs, () => {
      this.#lazyTimer = undefined;
      this.nextTurn();
    });
  }

  cancelLazy(): void {
    this.#lazyTimer?.cancel();
    this.#lazyTimer = undefined;
  }

  #claim(): boolean {
    if (this.#isScheduled || !this.#parts.mayBegin()) return false;
    this.#isScheduled = true;
    this.cancelLazy();
    return true;
  }

  readonly #begin = (): void => {
    this.#isScheduled = false;
    if (this.#parts.mayBegin()) this.#parts.begin();
  };
}
