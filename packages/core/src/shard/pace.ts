import type { Environment } from '../clock/index.js';
import { deferred } from './deferred.js';
import { sleep } from './sleep.js';

/** How long to rest for each millisecond of work. */
const REST = 5;
const REST_MS_MIN = 1;

/** Does work in the background by small steps, with pauses that leave most of the time to others. */
export class Pace {
  readonly #environment: Environment;
  readonly #stopped = deferred<void>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Begins the step in this turn; resolves after it and its rest. */
  async work(step: () => Promise<void>): Promise<void> {
    const start = this.#environment.now();
    await step();
    const restMs = Math.max(REST_MS_MIN, REST * (this.#environment.now() - start));
    await Promise.race([sleep(this.#environment, restMs), this.#stopped.promise]);
  }

  /** No pause lasts from now on. */
  stop(): void {
    this.#stopped.resolve();
  }
}
