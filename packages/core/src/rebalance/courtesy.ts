import type { Environment } from '../clock/index.js';
import { sleep, type RangeTransfer } from '../shard/index.js';

/** A shard that is asked so often in a second has clients who would notice. */
const BUSY_PER_SECOND = 200;
/** Beside clients, work rests this many times as long as it took. */
const RESTS = 4;
const REST_MS_MAX = 1_000;

/**
 * Leaves time to clients, while there are any, of any shard that is led here: all share the machine. Whatever nobody waits for is done
 * in steps with a rest between them.
 */
export class Courtesy {
  readonly #environment: Environment;
  readonly #shards: () => readonly Pick<RangeTransfer, 'load'>[];
  #workingSinceMs: number;
  #isBusy = false;

  constructor(environment: Environment, shards: () => readonly Pick<RangeTransfer, 'load'>[]) {
    this.#environment = environment;
    this.#shards = shards;
    this.#workingSinceMs = environment.now();
  }

  /** Whether clients were there when it was last looked: then steps are to be small. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Looks whether clients are there, and begins to count the time. */
  async begin(): Promise<void> {
    const loads = await Promise.all(this.#shards().map((shard) => shard.load()));
    this.#isBusy = loads.some(({ recentPerSecond }) => recentPerSecond >= BUSY_PER_SECOND);
    this.#workingSinceMs = this.#environment.now();
  }

  /**
   * After a step.
   *
   * @param cycleMsMax from the beginning of the step to the end of the rest, in milliseconds
   */
  async rest(cycleMsMax = Infinity): Promise<void> {
    const workedMs = this.#environment.now() - this.#workingSinceMs;
    const restMs = Math.min(RESTS * workedMs, REST_MS_MAX, cycleMsMax - workedMs);
    if (this.#isBusy && restMs > 0) await sleep(this.#environment, restMs);
    await this.begin();
  }
}
