import type { Environment } from '../clock/index.js';
import type { Key } from '../keys/index.js';
import type { CommitRequest } from './shard.js';

const KEYS_MAX = 4_096;
const COMMITS_MAX = 256;
const WINDOW_MS = 60_000;
const RECENT_MS = 1_000;
/** Requests are sampled in gaps of 1 to this many, so that no rhythm of theirs hides any of them: one of 64.5 in the mean. */
const GAPS = 128;
const REQUESTS_PER_SAMPLE = (GAPS + 1) / 2;
/** One of so many commits is timed. */
const COMMITS_PER_SAMPLE = 8;

/** A commit that was timed, in milliseconds. */
export interface CommitSample {
  /** When it ended, by the wall clock. */
  readonly at: number;
  readonly tookMs: number;
}

/** What a shard has to do lately. */
export interface ShardLoad {
  /** Requests in a second, over the last minute, or since the leader began or as far as the sample reaches. */
  readonly perSecond: number;
  /** The same over the last second. */
  readonly recentPerSecond: number;
  /** One key each of a sample of these requests. */
  readonly keys: readonly Key[];
  /** A sample of the last commits on this shard alone. */
  readonly commits: readonly CommitSample[];
}

/** A small, bounded sample of the requests of a shard: one of about 64, the last 4,096 of them. To count one costs a decrement. */
export class LoadSamples {
  readonly #environment: Environment;
  readonly #beganAtMs: number;
  readonly #keys: Key[] = [];
  readonly #times: number[] = [];
  readonly #commits: CommitSample[] = [];
  #next = 0;
  #nextCommit = 0;
  #gap = 0;
  #left = 1;
  #commitsLeft = 1;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#beganAtMs = environment.now();
  }

  /** A request for keys. */
  count(keys: readonly Key[]): void {
    if (--this.#left === 0) this.#sample(keys);
  }

  /** The same for a scan, which is told by where it begins. */
  countScan(start: Key): void {
    if (--this.#left === 0) this.#sample([start]);
  }

  countCommit({ writeKeys, readKeys }: CommitRequest): void {
    if (--this.#left === 0) this.#sample(writeKeys.length > 0 ? writeKeys : readKeys);
  }

  /** Some are timed. */
  time(commit: Promise<unknown>): void {
    if (--this.#commitsLeft === 0) this.#time(commit);
  }

  get load(): ShardLoad {
    const now = this.#environment.now();
    const since = Math.max(now - WINDOW_MS, this.#beganAtMs);
    const isFull = this.#keys.length === KEYS_MAX;
    const from = isFull ? Math.max(since, this.#times[this.#next]!) : since;
    const keys = this.#keys.filter((_, at) => this.#times[at]! >= from);
    const seconds = Math.max(now - from, 1_000) / 1_000;
    return {
      perSecond: (keys.length * REQUESTS_PER_SAMPLE) / seconds,
      recentPerSecond: this.#countSince(now - RECENT_MS) * REQUESTS_PER_SAMPLE * (1_000 / RECENT_MS),
      keys,
      commits: this.#commits.filter(({ at }) => at >= now - WINDOW_MS),
    };
  }

  /** From the newest on, which is short where little is recent. */
  #countSince(from: number): number {
    const { length } = this.#times;
    let count = 0;
    while (count < length && this.#times[(this.#next - 1 - count + KEYS_MAX) % KEYS_MAX]! >= from) count++;
    return count;
  }

  #sample(keys: readonly Key[]): void {
    // A generator of full period over the gaps.
    this.#gap = (this.#gap * 5 + 3) % GAPS;
    this.#left = this.#gap + 1;
    if (keys.length === 0) return;
    this.#keys[this.#next] = keys[this.#gap % keys.length]!;
    this.#times[this.#next] = this.#environment.now();
    this.#next = (this.#next + 1) % KEYS_MAX;
  }

  #time(commit: Promise<unknown>): void {
    this.#commitsLeft = COMMITS_PER_SAMPLE;
    const begunAt = this.#environment.now();
    const ended = (): void => {
      const at = this.#environment.now();
      this.#commits[this.#nextCommit] = { at, tookMs: at - begunAt };
      this.#nextCommit = (this.#nextCommit + 1) % COMMITS_MAX;
    };
    // Whatever has failed has an answer of its own.
    commit.then(ended, () => undefined);
  }
}
