export interface Timer {
  cancel(): void;
}

/**
 * Time, randomness and timers, injected from above. Core never asks the platform for them, so that a simulation can own
 * them all.
 */
export interface Environment {
  /** Wall clock, in milliseconds since 1970-01-01. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Calls back once, after at least `delayMs` milliseconds. A `background` timer does not keep the process alive. */
  setTimer(delayMs: number, callback: () => void, options?: { readonly background?: boolean }): Timer;
  /** Calls back soon, after the work that is already queued for this turn. */
  defer(callback: () => void): void;
}
