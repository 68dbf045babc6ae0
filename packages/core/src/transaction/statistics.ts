/** Counters since the database was opened. */
export interface StatisticsSnapshot {
  /** Transactions and writes that committed with at least one shard's part in it; reads alone are not counted. */
  readonly commits: number;
  /** Of these, on more than one shard. */
  readonly crossShardCommits: number;
  /** Attempts that ended in a retryable error and were run again. */
  readonly retries: number;
  /** Of these, for a conflict with another transaction. */
  readonly conflicts: number;
}

export class Statistics {
  #commits = 0;
  #crossShardCommits = 0;
  #retries = 0;
  #conflicts = 0;

  committed(shards: number): void {
    this.#commits++;
    if (shards > 1) this.#crossShardCommits++;
  }

  retried(isConflict: boolean): void {
    this.#retries++;
    if (isConflict) this.#conflicts++;
  }

  snapshot(): StatisticsSnapshot {
    return {
      commits: this.#commits,
      crossShardCommits: this.#crossShardCommits,
      retries: this.#retries,
      conflicts: this.#conflicts,
    };
  }
}
