import type { Environment, Timestamp } from '../clock/index.js';
import { sleep, type Shard } from '../shard/index.js';

/** How long a feed is waited for that has still to read what a shard has committed, and how often it is looked, in milliseconds. */
const PATIENCE_MS = 3_000;
const LOOK_MS = 10;

export interface RunningFeed {
  /** A shard is about to be closed for good. Answers whether all that it has committed, up to `last`, was fetched: then it is gone on without. */
  leave(shard: Shard, last: Timestamp): boolean;
}

/** The feeds of this process that have not ended. */
export class RunningFeeds {
  readonly #environment: Environment;
  readonly #feeds = new Set<RunningFeed>();
  readonly #leaving = new WeakSet<Shard>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  begin(feed: RunningFeed): void {
    this.#feeds.add(feed);
  }

  end(feed: RunningFeed): void {
    this.#feeds.delete(feed);
  }

  /** Whether a shard has nothing for feeds that begin now. */
  isLeaving(shard: Shard): boolean {
    return this.#leaving.has(shard);
  }

  /**
   * A shard is about to be closed for good. Who takes entries has time to read to the end what it has committed, and goes on without it; who
   * does not will fail.
   *
   * @param last the shard commits nothing after this
   */
  async leave(shard: Shard, last: Timestamp): Promise<void> {
    this.#leaving.add(shard);
    const end = this.#environment.now() + PATIENCE_MS;
    for (;;) {
      const behind = [...this.#feeds].filter((feed) => !feed.leave(shard, last));
      if (behind.length === 0 || this.#environment.now() >= end) return;
      await sleep(this.#environment, LOOK_MS);
    }
  }
}
