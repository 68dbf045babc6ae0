import { PandaError } from '../errors/index.js';
import type { Environment } from './environment.js';
import { TICKS_PER_MS, timestampAt, wallTimeOf, type Timestamp } from './timestamp.js';

/**
 * A hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", 2014): follows the wall clock, never goes back, and
 * moves past every timestamp it hears of.
 */
export class HybridClock {
  readonly #environment: Pick<Environment, 'now'>;
  readonly #maxOffset: number;
  readonly #floor: Timestamp;
  #last: Timestamp;

  /**
   * @param floor a timestamp that this clock is known to have reached before (persisted); it starts above it, even when the
   * wall clock went back meanwhile.
   */
  constructor(environment: Pick<Environment, 'now'>, maxClockOffsetMs: number, floor: Timestamp = 0) {
    this.#environment = environment;
    this.#maxOffset = maxClockOffsetMs * TICKS_PER_MS;
    this.#floor = floor;
    this.#last = floor;
  }

  /** A timestamp above every one before it. */
  now(): Timestamp {
    const wall = timestampAt(this.#environment.now());
    this.#last = wall > this.#last ? wall : this.#last + 1;
    return this.#last;
  }

  /** The highest timestamp given out or heard of. */
  get last(): Timestamp {
    return this.#last;
  }

  /**
   * Moves the clock past `timestamp`. One further ahead of the wall clock (or of the floor that this clock started from)
   * than the maximum offset is refused, never adopted, so that one machine with a wrong clock cannot drag the others along.
   */
  observe(timestamp: Timestamp): void {
    if (timestamp <= this.#last) return;
    const limit = Math.max(timestampAt(this.#environment.now()), this.#floor) + this.#maxOffset;
    if (timestamp > limit) {
      const aheadMs = wallTimeOf(timestamp) - this.#environment.now();
      throw new PandaError('ClockSkew', `A timestamp is ${Math.round(aheadMs)} ms ahead of this machine's clock; refused`);
    }
    this.#last = timestamp;
  }

  /** Moves the clock past a timestamp that is already decided and can no longer be refused. */
  advance(timestamp: Timestamp): void {
    if (timestamp > this.#last) this.#last = timestamp;
  }
}
