import { deferred, type Deferred } from '../shard/index.js';

/** Whatever uses the system shard passes here, so that its place can be changed while nobody does. */
export class SystemGate {
  #passing = 0;
  #closed: Deferred<void> | undefined;
  #empty: Deferred<void> | undefined;

  /** Runs the work, once the gate is open. Work must not pass again. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    while (this.#closed !== undefined) await this.#closed.promise;
    this.#passing++;
    try {
      return await work();
    } finally {
      this.#passing--;
      if (this.#passing === 0) this.#empty?.resolve();
    }
  }

  /** Runs the work while nothing passes. */
  async close<T>(work: () => Promise<T>): Promise<T> {
    while (this.#closed !== undefined) await this.#closed.promise;
    const closed = (this.#closed = deferred<void>());
    try {
      if (this.#passing > 0) {
        this.#empty = deferred<void>();
        await this.#empty.promise;
        this.#empty = undefined;
      }
      return await work();
    } finally {
      this.#closed = undefined;
      closed.resolve();
    }
  }
}
