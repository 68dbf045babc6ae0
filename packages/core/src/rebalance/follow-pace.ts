import type { Environment } from '../clock/index.js';
import type { Courtesy } from './courtesy.js';

/** Of what is brought, at most this part may be written anew meanwhile. */
const WRITTEN_ANEW = 1 / 2;

/** Leaves time to clients while their changes are followed, as far as more is brought than they write. */
export class FollowPace {
  readonly #environment: Environment;
  readonly #courtesy: Courtesy;
  #lag: number | undefined;
  #atMs = 0;

  constructor(environment: Environment, courtesy: Courtesy) {
    this.#environment = environment;
    this.#courtesy = courtesy;
  }

  /**
   * After a step.
   *
   * @param brought groups of the journal that were brought in the step
   * @param lag groups that are left
   */
  async rest(brought: number, lag: number): Promise<void> {
    const now = this.#environment.now();
    const written = this.#lag === undefined ? undefined : brought + lag - this.#lag;
    const writtenPerMs = written === undefined ? undefined : Math.max(0, written) / Math.max(1, now - this.#atMs);
    this.#lag = lag;
    this.#atMs = now;
    // How much is written is known from the second step on.
    if (writtenPerMs === undefined) await this.#courtesy.begin();
    else await this.#courtesy.rest((WRITTEN_ANEW * brought) / writtenPerMs);
  }
}
