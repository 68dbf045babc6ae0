import type { Environment, Timer } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { deferred, type Deferred } from './deferred.js';
import type { RangeRoute } from './shard.js';

interface Freeze {
  readonly token: string;
  readonly thawed: Deferred<void>;
  timer: Timer | undefined;
}

/** Ranges that take no new commits and prepares for a moment, so that their last rows can be brought elsewhere. Reads go on. */
export class Freezes {
  readonly #environment: Environment;
  readonly #byRange = new Map<string, Freeze>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Resolves when it is worth looking again; undefined when none of the ranges is frozen. */
  obstacle(routes: readonly RangeRoute[]): Promise<void> | undefined {
    if (this.#byRange.size === 0) return undefined;
    for (const { id } of routes) {
      const freeze = this.#byRange.get(id);
      if (freeze !== undefined) return freeze.thawed.promise;
    }
    return undefined;
  }

  /** Ends by itself, so that a mover that has died stops nobody for long. */
  freeze(range: string, token: string, forMs: number): void {
    if (this.#byRange.has(range)) throw new PandaError('Conflict', 'The range is frozen by another mover', { range });
    const timer = this.#environment.setTimer(forMs, () => this.thaw(range, token));
    this.#byRange.set(range, { token, thawed: deferred<void>(), timer });
  }

  isFrozenBy(range: string, token: string | undefined): boolean {
    return token !== undefined && this.#byRange.get(range)?.token === token;
  }

  /** It no longer ends by itself: a prepared transaction decides about the range. */
  pin(range: string): void {
    const freeze = this.#byRange.get(range);
    freeze?.timer?.cancel();
    if (freeze !== undefined) freeze.timer = undefined;
  }

  /** Whoever waits looks again. Without a token whoever has frozen the range. */
  thaw(range: string, token?: string): void {
    const freeze = this.#byRange.get(range);
    if (freeze === undefined || (token !== undefined && freeze.token !== token)) return;
    freeze.timer?.cancel();
    this.#byRange.delete(range);
    freeze.thawed.resolve();
  }

  /** The leader has stopped: whoever waits is told so. */
  thawAll(): void {
    for (const range of [...this.#byRange.keys()]) this.thaw(range);
  }
}
