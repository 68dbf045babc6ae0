import type { Environment } from '../clock/index.js';
import { sleep } from '../shard/index.js';

/** Keeps to a rate of bytes, over the time since it was made. */
export class Throttle {
  readonly #environment: Environment;
  readonly #bytesPerSecond: number;
  #freeAtMs: number;

  constructor(environment: Environment, bytesPerSecond: number) {
    this.#environment = environment;
    this.#bytesPerSecond = bytesPerSecond;
    this.#freeAtMs = environment.now();
  }

  /** Resolves when that many bytes may be followed by others. */
  async took(bytes: number): Promise<void> {
    const now = this.#environment.now();
    this.#freeAtMs = Math.max(this.#freeAtMs, now) + (bytes / this.#bytesPerSecond) * 1_000;
    if (this.#freeAtMs > now) await sleep(this.#environment, this.#freeAtMs - now);
  }
}
