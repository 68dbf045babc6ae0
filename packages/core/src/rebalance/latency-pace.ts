import type { Environment } from '../clock/index.js';
import { sleep, type CommitSample } from '../shard/index.js';

const LOOK_EVERY_MS = 250;
/** Commits that ended so lately tell how it is now. */
const RECENT_MS = 2_000;
const COMMITS_MIN = 5;
/** What commits may take longer anyway, in milliseconds. */
const SLACK_MS = 5;
const PAUSE_MS = 100;
/** After so long a pause another page is copied, so that it ends some day. */
const PAUSE_MS_MAX = 2_000;

/** Has moves wait while commits take longer than before. */
export class LatencyPace {
  readonly #environment: Environment;
  readonly #commits: () => Promise<readonly CommitSample[]>;
  readonly #factorMax: number;
  readonly #isOver: () => boolean;
  #usualMs: number | undefined;
  #nextLookMs = 0;
  #isPaused = false;

  /**
   * @param commits samples of the last minute
   * @param factorMax how many times as long commits may take as before
   */
  constructor(
    environment: Environment,
    commits: () => Promise<readonly CommitSample[]>,
    factorMax: number,
    isOver: () => boolean,
  ) {
    this.#environment = environment;
    this.#commits = commits;
    this.#factorMax = factorMax;
    this.#isOver = isOver;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Learns what commits take before anything moves. */
  async begin(): Promise<void> {
    this.#usualMs = meanOf(await this.#commits());
  }

  /** Resolves when the next page may be copied. */
  async wait(): Promise<void> {
    if (this.#factorMax === Infinity || this.#environment.now() < this.#nextLookMs) return;
    const end = this.#environment.now() + PAUSE_MS_MAX;
    this.#isPaused = await this.#isSlow();
    while (this.#isPaused && !this.#isOver() && this.#environment.now() < end) {
      await sleep(this.#environment, PAUSE_MS);
      this.#isPaused = await this.#isSlow();
    }
    this.#isPaused = false;
    this.#nextLookMs = this.#environment.now() + LOOK_EVERY_MS;
  }

  async #isSlow(): Promise<boolean> {
    const now = this.#environment.now();
    const recent = meanOf((await this.#commits()).filter(({ at }) => at >= now - RECENT_MS));
    // There was nobody before, or is nobody now.
    if (recent === undefined || this.#usualMs === undefined) return false;
    return recent > Math.max(this.#factorMax * this.#usualMs, this.#usualMs + SLACK_MS);
  }
}

function meanOf(commits: readonly CommitSample[]): number | undefined {
  if (commits.length < COMMITS_MIN) return undefined;
  return commits.reduce((sum, { tookMs }) => sum + tookMs, 0) / commits.length;
}
