import type { Timestamp } from '../clock/index.js';
import { startOf, transactionOf } from './transaction-id.js';

/** Which attempt of a transaction committed, and when. No other one ever does: an attempt starts when the outcome of those before is known. */
export interface CommittedAttempt {
  readonly attempt: string;
  readonly timestamp: Timestamp;
}

/**
 * Commits in the order in which they came, found by transaction. To add one costs a push: the index takes those that were added
 * since when somebody looks for a transaction that may be among them, which hardly anybody does.
 */
export class CommitLog {
  readonly #attempts: string[] = [];
  readonly #timestamps: Timestamp[] = [];
  /** By transaction, the place. */
  readonly #index = new Map<string, number>();
  #indexed = 0;
  #latestStart: Timestamp = 0;
  #latest: Timestamp = 0;

  get size(): number {
    return this.#attempts.length;
  }

  /** The greatest commit timestamp. */
  get latest(): Timestamp {
    return this.#latest;
  }

  add(attempt: string, timestamp: Timestamp): void {
    this.#attempts.push(attempt);
    this.#timestamps.push(timestamp);
    const start = startOf(attempt);
    if (start > this.#latestStart) this.#latestStart = start;
    if (timestamp > this.#latest) this.#latest = timestamp;
  }

  /** The commit of any attempt of the transaction. One that started after all that are here is not looked for. */
  find(attempt: string): CommittedAttempt | undefined {
    if (startOf(attempt) > this.#latestStart) return undefined;
    for (; this.#indexed < this.#attempts.length; this.#indexed++) {
      this.#index.set(transactionOf(this.#attempts[this.#indexed]!), this.#indexed);
    }
    const at = this.#index.get(transactionOf(attempt));
    return at === undefined ? undefined : { attempt: this.#attempts[at]!, timestamp: this.#timestamps[at]! };
  }
}
