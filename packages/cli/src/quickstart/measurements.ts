import type { Database, Transaction } from '@pandakv/core';
import { build } from 'hdr-histogram-js';

/** No deadline worth the name: a slow disk is no failure. */
const DEADLINE_MS = 10 * 60_000;

/** Runs transactions and measures what they cost. */
export class Measurements {
  readonly #latenciesUs = build();
  #commits = 0;
  #crossShardCommits = 0;
  #conflicts = 0;
  #retries = 0;

  /**
   * Runs `fn` in a transaction, again after a conflict, and measures how long its commit took. `fn` may abort the transaction
   * when there is nothing to do.
   */
  async transact<T>(database: Database, fn: (transaction: Transaction) => Promise<T> | T): Promise<T> {
    return await database.transact(
      async (transaction) => {
        const result = await fn(transaction);
        if (!transaction.isOpen) return result;
        const start = performance.now();
        await transaction.commit();
        this.#latenciesUs.recordValue(Math.round((performance.now() - start) * 1_000));
        return result;
      },
      { deadlineMs: DEADLINE_MS },
    );
  }

  /** Adds what a database has counted since it was opened; called once, before it is closed. */
  add(database: Database): void {
    const { commits, crossShardCommits, conflicts, retries } = database.statistics();
    this.#commits += commits;
    this.#crossShardCommits += crossShardCommits;
    this.#conflicts += conflicts;
    this.#retries += retries;
  }

  get commits(): number {
    return this.#commits;
  }

  get crossShardCommits(): number {
    return this.#crossShardCommits;
  }

  get conflicts(): number {
    return this.#conflicts;
  }

  get retries(): number {
    return this.#retries;
  }

  /** The latency that so many percent of all commits did not exceed, in milliseconds; 0 when there was none. */
  percentileMs(percent: number): number {
    return this.#latenciesUs.totalCount === 0 ? 0 : this.#latenciesUs.getValueAtPercentile(percent) / 1_000;
  }
}
