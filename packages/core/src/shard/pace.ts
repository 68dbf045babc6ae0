import type { Environment } from '../clock/index.js';
import { deferred } from './deferred.js';
import { sleep } from './sleep.js';

/** How long to rest for each millisecond of work. */
const REST = 5;
const REST_MS_MIN = 1;
/** So many looks take about a millisecond, which a clock can hardly tell. */
const LOOKS = 32;

/** Does work in the background by small steps, with pauses that leave most of the time to others. */
export class Pace {
  readonly #environment: Environment;
  readonly #stopped = deferred<void>();
  #looks = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Begins the step in this turn; resolves after it and its rest. */
  async work(step: () => Promise<void>): Promise<void> {
    const start = this.#environment.now();
    await step();
    await this.#rest(Math.max(REST_MS_MIN, REST * (this.#environment.now() - start)));
  }

  /** After a look at what is there, a short one: some of them are followed by a rest. */
  looked(): Promise<void> | undefined {
    this.#looks = (this.#looks + 1) % LOOKS;
    return this.#looks === 0 ? this.#rest(REST) : undefined;
  }

  async #rest(ms: number): Promise<void> {
    await Promise.race([sleep(this.#environment, ms), this.#stopped.promise]);
  }

  /** No pause lasts from now on. */
  stop(): void {
    this.#stopped.resolve();
  }
}
