import type { Timestamp } from '../clock/index.js';
import type { PreparedTransaction } from './prepared-transaction.js';

/** The transactions that are prepared on this shard, by attempt. */
export class PreparedTransactions {
  readonly #byAttempt = new Map<string, PreparedTransaction>();

  get size(): number {
    return this.#byAttempt.size;
  }

  get(transaction: string): PreparedTransaction | undefined {
    return this.#byAttempt.get(transaction);
  }

  add(prepared: PreparedTransaction): void {
    this.#byAttempt.set(prepared.transaction, prepared);
  }

  remove(prepared: PreparedTransaction): void {
    this.#byAttempt.delete(prepared.transaction);
  }

  /** None of them commits, or has its commit in the journal yet, before this timestamp. */
  get earliest(): Timestamp {
    let earliest = Infinity;
    for (const { committedAt, row } of this.#byAttempt.values()) earliest = Math.min(earliest, committedAt ?? row.minTimestamp);
    return earliest;
  }

  all(): PreparedTransaction[] {
    return [...this.#byAttempt.values()];
  }
}
