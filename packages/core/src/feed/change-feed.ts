import type { Router } from '../catalog/index.js';
import { isTimestamp, type Environment, type HybridClock, type Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { toSpan, type Range, type Span } from '../keys/index.js';
import { lastRemoval, type SystemTransactions } from '../rebalance/index.js';
import type { Retention } from '../retention/index.js';
import { newCoordinatorTag, sleep, type CommittedChanges, type Shard } from '../shard/index.js';
import { changeSetsOf, type ChangeSet } from './change-set.js';
import type { RunningFeed, RunningFeeds } from './running-feeds.js';
import { ShardStream } from './shard-stream.js';

/** How long to rest when all was told, in milliseconds: what is committed meanwhile is fetched together. */
const POLL_MS = 20;
/** How long what the feed has still to read is kept, at least, after it was asked for the last time; and how often that is said. */
const KEPT_MS = 600_000;
const KEPT_AGAIN_MS = 60_000;
/** How long a shard may be out of reach, in milliseconds. */
const PATIENCE_MS = 30_000;

export interface ChangeOptions {
  /** Of which keys. Default: all. */
  readonly range?: Range;
  /** Commits after this timestamp are told: that of the last entry taken, to go on. Default: now. */
  readonly since?: Timestamp;
  /** Ends the feed. */
  readonly signal?: AbortSignal;
}

export interface ChangeFeedParts {
  readonly environment: Environment;
  readonly clock: HybridClock;
  readonly router: Router;
  readonly shards: () => readonly Shard[];
  readonly retention: Retention;
  readonly transactions: SystemTransactions;
  readonly running: RunningFeeds;
  readonly checkOpen: () => void;
}

/**
 * What was committed, over all shards, in the order of time: from the shards' journals, so that it can be gone on with from any timestamp
 * that versions are kept for. Fetched as it is taken; one page of each shard is held in memory.
 */
export class ChangeFeed implements RunningFeed {
  readonly #parts: ChangeFeedParts;
  readonly #span: Span;
  readonly #signal: AbortSignal | undefined;
  readonly #name: string;
  readonly #streams = new Map<Shard, ShardStream>();
  #resolved: Timestamp;
  #keptAtMs = -Infinity;
  #failingSinceMs: number | undefined;

  constructor(parts: ChangeFeedParts, { range = {}, since, signal }: ChangeOptions) {
    if (since !== undefined && !isTimestamp(since)) {
      throw new PandaError('InvalidArgument', 'A timestamp must be a safe integer of at least 0');
    }
    this.#parts = parts;
    this.#span = toSpan(range);
    this.#signal = signal;
    this.#resolved = since ?? parts.clock.now();
    this.#name = `feed/${newCoordinatorTag(parts.environment)}`;
  }

  async *entries(): AsyncGenerator<ChangeSet, void, undefined> {
    let hasFailed = false;
    this.#parts.running.begin(this);
    try {
      await this.#keep();
      await this.#checkRemovals();
      while (!(this.#signal?.aborted ?? false)) {
        this.#parts.checkOpen();
        const before = this.#resolved;
        await this.#fetch();
        const commits = this.#take();
        const sets = await changeSetsOf(this.#parts.router, commits);
        for (const set of sets) yield set;
        const isTold = sets.at(-1)?.timestamp === this.#resolved;
        if (this.#resolved > before && !isTold) yield { timestamp: this.#resolved, transactions: [] };
        await this.#keep();
        if (!this.#hasMore) await sleep(this.#parts.environment, POLL_MS);
      }
    } catch (error) {
      hasFailed = true;
      throw error;
    } finally {
      this.#parts.running.end(this);
      // Who was cut off goes on later: what he needs is kept until it expires.
      if (!hasFailed) await this.#parts.retention.release(this.#name).catch(() => undefined);
    }
  }

  /** Fetches from the shards that are behind the others, or from all. */
  async #fetch(): Promise<void> {
    this.#follow();
    const streams = [...this.#streams.values()].filter(({ hasEnded }) => !hasEnded);
    const furthest = Math.max(this.#parts.clock.last, ...streams.map(({ complete }) => complete));
    const behind = streams.filter(({ complete }) => complete < furthest);
    // All have ended before one is asked again: two answers to one question would be told twice.
    const asked = behind.length > 0 ? behind : streams;
    const fetched = await Promise.allSettled(asked.map((stream) => stream.fetch(furthest)));
    // A shard that was closed meanwhile had nothing more to tell.
    const failed = fetched.find((result, at) => result.status === 'rejected' && !asked[at]!.hasEnded) as
      PromiseRejectedResult | undefined;
    if (failed === undefined) this.#failingSinceMs = undefined;
    else await this.#tolerate(failed.reason);
    this.#resolved = Math.max(
      this.#resolved,
      Math.min(...streams.filter(({ hasEnded }) => !hasEnded).map(({ complete }) => complete)),
    );
  }

  get #hasMore(): boolean {
    for (const stream of this.#streams.values()) if (stream.hasMore) return true;
    return false;
  }

  leave(shard: Shard, last: Timestamp): boolean {
    const stream = this.#streams.get(shard);
    if (stream === undefined) return true;
    if (stream.complete >= last) stream.end();
    return stream.hasEnded;
  }

  /** A stream for each shard. One that was added has nothing before it was. */
  #follow(): void {
    const shards = this.#parts.shards();
    for (const shard of shards) {
      if (this.#streams.has(shard) || this.#parts.running.isLeaving(shard)) continue;
      this.#streams.set(shard, new ShardStream(shard, this.#span, this.#resolved));
    }
    for (const { shard, hasEnded } of this.#streams.values()) {
      if (!hasEnded && !shards.includes(shard)) throw removed(shard.id);
    }
  }

  /** What is known to be complete. */
  #take(): CommittedChanges[] {
    const commits: CommittedChanges[] = [];
    for (const stream of this.#streams.values()) {
      commits.push(...stream.take(this.#resolved));
      if (stream.hasEnded && stream.isEmpty) this.#streams.delete(stream.shard);
    }
    return commits;
  }

  async #tolerate(error: unknown): Promise<void> {
    const { environment } = this.#parts;
    const now = environment.now();
    this.#failingSinceMs ??= now;
    if (!PandaError.is(error) || !error.retryable || now - this.#failingSinceMs > PATIENCE_MS) throw error;
    await sleep(environment, POLL_MS);
  }

  /** Keeps what is still to be read. */
  async #keep(): Promise<void> {
    const { environment, retention } = this.#parts;
    if (environment.now() - this.#keptAtMs < KEPT_AGAIN_MS) return;
    await retention.protect(this.#name, this.#resolved, KEPT_MS);
    this.#keptAtMs = environment.now();
  }

  /** A shard that was removed has taken its journal with it. */
  async #checkRemovals(): Promise<void> {
    if (this.#resolved < (await lastRemoval(this.#parts.transactions))) throw removed();
  }
}

function removed(shard?: string): PandaError {
  const message = 'A shard was removed after the timestamp, and what it has committed is not told any more';
  return new PandaError('SnapshotTooOld', message, shard === undefined ? {} : { shard });
}
