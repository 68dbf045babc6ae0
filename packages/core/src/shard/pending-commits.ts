import type { Timestamp } from '../clock/index.js';
import { transactionOf } from './transaction-id.js';

/** A commit on this shard alone that has joined a group, until its fate is known. */
export interface Pending {
  /** Id of the attempt. */
  readonly transaction: string;
  readonly promise: Promise<Timestamp>;
}

/** The commits of a group, found by transaction. The index is made when somebody looks, which hardly anybody does. */
export class PendingCommits {
  readonly #commits: Pending[] = [];
  readonly #index = new Map<string, Promise<Timestamp>>();
  #indexed = 0;

  add(commit: Pending): void {
    this.#commits.push(commit);
  }

  find(transactionId: string): Promise<Timestamp> | undefined {
    for (; this.#indexed < this.#commits.length; this.#indexed++) {
      const { transaction, promise } = this.#commits[this.#indexed]!;
      this.#index.set(transactionOf(transaction), promise);
    }
    return this.#index.get(transactionId);
  }
}
