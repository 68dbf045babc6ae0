import type { Timestamp } from '../clock/index.js';
import { startOf, transactionOf } from './transaction-id.js';

/**
 * Commits in the order in which they came, found by transaction. To add one costs a push: the index takes those that were added
 * since when somebody looks for a transaction that may be among them, which hardly anybody does.
 */
export class CommitLog {
  readonly #attempts: string[] = [];
  readonly #timestamps: Timestamp[] = [];
  readonly #index = new Map<string, Timestamp>();
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

  /** When any attempt of the transaction committed. One that started after all that are here is not looked for. */
  find(attempt: string): Timestamp | undefined {
    if (startOf(attempt) > this.#latestStart) return undefined;
    for (; this.#indexed < this.#attempts.length; this.#indexed++) {
      this.#index.set(transactionOf(this.#attempts[this.#indexed]!), this.#timestamps[this.#indexed]!);
    }
    return this.#index.get(transactionOf(attempt));
  }
}
