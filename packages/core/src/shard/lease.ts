import { TICKS_PER_MS, type HybridClock, type Timestamp } from '../clock/index.js';
import type { MaybePromise } from '../engine/index.js';
import type { GroupWriter } from './group-writer.js';

/**
 * The leader's lease: an upper bound, persisted with every group, above which it neither reads nor commits. The next leader's
 * clock starts above it, so a timestamp once served is never written under.
 */
export class Lease {
  readonly #clock: HybridClock;
  readonly #writer: GroupWriter;
  readonly #renewBefore: Timestamp;

  constructor(clock: HybridClock, writer: GroupWriter, windowMs: number) {
    this.#clock = clock;
    this.#writer = writer;
    this.#renewBefore = Math.floor(windowMs / 2) * TICKS_PER_MS;
  }

  /**
   * Lets a read at `timestamp` in: moves the clock past it, and the lease if it does not reach so far. Renews a lease that runs
   * out soon beside the read, so that steady reading never waits for it.
   */
  admit(timestamp: Timestamp): MaybePromise<void> {
    this.#clock.observe(timestamp);
    const bound = this.#writer.guard.clockBound;
    if (timestamp > bound) return this.#writer.raiseLease(timestamp);
    if (timestamp > bound - this.#renewBefore) this.#writer.renewLease();
  }
}
