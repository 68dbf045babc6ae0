import type { Router } from '../catalog/index.js';
import type { HybridClock, Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import type { Key } from '../keys/index.js';
import type { LockGrant, Shard } from '../shard/index.js';
import { abortable } from './cancellation.js';

export interface LockWish {
  /** Id of the attempt. */
  readonly attempt: string;
  readonly key: Key;
  readonly expiry: Timestamp;
  readonly signal: AbortSignal | undefined;
}

/** The locks of a transaction; its attempts share them, so that one that is run again keeps its place. */
export class HeldLocks {
  readonly #router: Router;
  readonly #clock: HybridClock;
  readonly #shards = new Set<Shard>();
  #attempt: string | undefined;
  #last: Promise<unknown> | undefined;

  constructor(router: Router, clock: HybridClock) {
    this.#router = router;
    this.#clock = clock;
  }

  /**
   * Takes the lock of a key; a timestamp that is read from the clock afterwards is above what those before it in the line have written.
   *
   * One after another: that who waits holds all it has asked for before is what keeps the waiting free of circles.
   */
  take(wish: LockWish): Promise<LockGrant> {
    const before = this.#last;
    const taken = before === undefined ? this.#take(wish) : before.then(() => this.#take(wish));
    const ended: Promise<unknown> = taken
      .catch(() => undefined)
      .finally(() => {
        if (this.#last === ended) this.#last = undefined;
      });
    this.#last = ended;
    return taken;
  }

  now(): Timestamp {
    return this.#clock.now();
  }

  /** Gives all of them back. */
  release(): void {
    if (this.#attempt === undefined) return;
    for (const shard of this.#shards) shard.unlock(this.#attempt);
    this.#shards.clear();
  }

  async #take(wish: LockWish): Promise<LockGrant> {
    this.#attempt = wish.attempt;
    try {
      const grant = await abortable(this.#ask(wish), wish.signal);
      this.#clock.advance(grant.timestamp);
      return grant;
    } catch (error) {
      // An older transaction may wait for what this one holds.
      this.release();
      throw error;
    }
  }

  async #ask({ attempt, key, expiry }: LockWish): Promise<LockGrant> {
    for (let refusals = 1; ; refusals++) {
      const { shard, routes } = this.#router.find(key);
      const holdsOthers = this.#shards.size > 0;
      this.#shards.add(shard);
      try {
        return await shard.lock({ transaction: attempt, routes, key, expiry, holdsOthers });
      } catch (error) {
        if (!PandaError.is(error, 'RangeMoved')) throw error;
        await this.#router.healKey(error, key, refusals);
      }
    }
  }
}
