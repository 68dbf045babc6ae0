import type { PandaError } from '../errors/index.js';

/** A conflict that made a transaction run again. */
export interface ConflictInfo {
  /** The key that both wanted, in hex, where that is known. */
  readonly key: string | undefined;
  /** Id of the other transaction's attempt, where that is known. */
  readonly transactionId: string | undefined;
}

/** What a transaction took so far, over all of its attempts. */
export interface TransactionStatistics {
  /** Attempts after the first. */
  readonly retries: number;
  /** The last of the conflicts that attempts before this one ended in: 16 at most. */
  readonly conflicts: readonly ConflictInfo[];
  /** Keys asked of shards one by one or together. */
  readonly keysRead: number;
  /** Pages of scans. */
  readonly pagesRead: number;
  /** Rounds of messages to shards that the transaction waited for: reads, pages, locks and commits. */
  readonly trips: number;
}

const CONFLICTS_MAX = 16;

/** Counts for {@link TransactionStatistics}; shared by the attempts at a transaction. */
export class TransactionRecord {
  #retries = 0;
  #conflicts: ConflictInfo[] | undefined;
  #keysRead = 0;
  #pagesRead = 0;
  #commits = 0;
  #reads = 0;
  #locks = 0;

  readKeys(keys: number): void {
    this.#keysRead += keys;
    this.#reads++;
  }

  readPage(): void {
    this.#pagesRead++;
  }

  lock(): void {
    this.#locks++;
  }

  committing(): void {
    this.#commits++;
  }

  /** It will be run again. */
  failed(error: PandaError): void {
    this.#retries++;
    if (error.code !== 'Conflict') return;
    this.#conflicts ??= [];
    this.#conflicts.push({ key: error.key, transactionId: error.transactionId });
    if (this.#conflicts.length > CONFLICTS_MAX) this.#conflicts.shift();
  }

  snapshot(): TransactionStatistics {
    return {
      retries: this.#retries,
      conflicts: [...(this.#conflicts ?? [])],
      keysRead: this.#keysRead,
      pagesRead: this.#pagesRead,
      trips: this.#reads + this.#pagesRead + this.#locks + this.#commits,
    };
  }
}
