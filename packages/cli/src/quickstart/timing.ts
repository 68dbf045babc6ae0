import { setImmediate } from 'node:timers/promises';

/** How long we keep everybody else from running, in milliseconds. */
const SLICE_MS = 5;

/** Lets others run now and then, for work that is synchronous for long. */
export class Slices {
  #since = performance.now();

  /** Resolves at once until the slice is over. */
  async pause(): Promise<void> {
    if (performance.now() - this.#since < SLICE_MS) return;
    await setImmediate();
    this.#since = performance.now();
  }
}

export function secondsSince(startMs: number): number {
  return (performance.now() - startMs) / 1_000;
}
