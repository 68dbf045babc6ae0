import type { Timestamp } from '../clock/index.js';
import type { Span } from '../keys/index.js';
import type { CommittedChanges, Shard } from '../shard/index.js';

/** What one shard has committed, as far as it was fetched and not yet told. */
export class ShardStream {
  readonly #shard: Shard;
  readonly #span: Span;
  readonly #since: Timestamp;
  #after: number | undefined;
  #complete: Timestamp;
  #commits: CommittedChanges[] = [];
  #hasMore = false;
  #hasEnded = false;

  constructor(shard: Shard, span: Span, since: Timestamp) {
    this.#shard = shard;
    this.#span = span;
    this.#since = since;
    this.#complete = since;
  }

  get shard(): Shard {
    return this.#shard;
  }

  /** All commits of the shard up to here have been fetched. */
  get complete(): Timestamp {
    return this.#complete;
  }

  /** Whether the shard had more than it gave the last time. */
  get hasMore(): boolean {
    return this.#hasMore;
  }

  /** Whether nothing more is fetched. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether all that was fetched has been taken. */
  get isEmpty(): boolean {
    return this.#commits.length === 0;
  }

  /** The shard commits nothing any more. */
  end(): void {
    this.#hasEnded = true;
  }

  /** Fetches the next page, which reaches to a timestamp if there is no more before it. */
  async fetch(through: Timestamp): Promise<void> {
    const request = { span: this.#span, since: this.#since, after: this.#after, through };
    const { commits, sequence, complete, hasMore } = await this.#shard.feed(request);
    this.#after = sequence;
    this.#hasMore = hasMore;
    this.#complete = Math.max(this.#complete, complete);
    this.#commits.push(...commits);
  }

  /** Takes the commits up to a timestamp. */
  take(through: Timestamp): CommittedChanges[] {
    const taken = this.#commits.filter(({ timestamp }) => timestamp <= through);
    if (taken.length > 0) this.#commits = this.#commits.filter(({ timestamp }) => timestamp > through);
    return taken;
  }
}
