import type { Timestamp } from '../clock/index.js';
import type { OutcomeRow } from '../rows/index.js';
import { CommitLog, type CommittedAttempt } from './commit-log.js';
import { fencedRunOf, isOfRunBefore, startOf, transactionOf } from './transaction-id.js';

/**
 * What this shard knows of how transactions ended: those of recent groups by id, and those whose outcome row still stands
 * (cross-shard commits that somebody has still to hear of, and aborts).
 */
export class Outcomes {
  /** Commits in two generations: once the young one is full, it becomes the old one, which is dropped whole. */
  #young = new CommitLog();
  #old = new CommitLog();
  readonly #generationMax: number;
  readonly #rows = new Map<string, OutcomeRow>();
  /** By transaction: the run before which its attempts are refused. */
  readonly #fences = new Map<string, Timestamp>();
  #floor: Timestamp;

  constructor(committedMax: number, floor: Timestamp, rows: readonly OutcomeRow[]) {
    this.#generationMax = Math.max(1, committedMax >>> 1);
    this.#floor = floor;
    for (const row of rows) this.recordRow(row);
  }

  /** Outcome rows that stand. */
  get rows(): ReadonlyMap<string, OutcomeRow> {
    return this.#rows;
  }

  /** True when a commit of the transaction would be remembered here, so that the journal need not be searched. */
  remembers(attempt: string): boolean {
    return startOf(attempt) > this.#floor;
  }

  /** When any attempt of the transaction committed on this shard, as far as it is remembered. */
  committedAt(attempt: string): Timestamp | undefined {
    return this.commitOf(attempt)?.timestamp;
  }

  /** The same, and which attempt it was. */
  commitOf(attempt: string): CommittedAttempt | undefined {
    return this.#young.find(attempt) ?? this.#old.find(attempt);
  }

  /** True when the attempt, or the whole transaction, must not commit any more. */
  isAborted(attempt: string): boolean {
    if (this.#rows.size === 0) return false;
    const transaction = transactionOf(attempt);
    if (this.#isAbort(attempt) || this.#isAbort(transaction)) return true;
    const run = this.#fences.get(transaction);
    return run !== undefined && attempt !== transaction && isOfRunBefore(attempt, run);
  }

  #isAbort(id: string): boolean {
    const row = this.#rows.get(id);
    return row !== undefined && row.committedAt === undefined;
  }

  /** A group with the transaction is in the engine. */
  recordCommit(attempt: string, timestamp: Timestamp): void {
    if (this.#young.size >= this.#generationMax) {
      this.#floor = Math.max(this.#floor, this.#old.latest);
      this.#old = this.#young;
      this.#young = new CommitLog();
    }
    this.#young.add(attempt, timestamp);
  }

  recordRow(row: OutcomeRow): void {
    this.#rows.set(row.transaction, row);
    const run = fencedRunOf(row.transaction);
    if (run === undefined) return;
    const transaction = transactionOf(row.transaction);
    this.#fences.set(transaction, Math.max(run, this.#fences.get(transaction) ?? 0));
  }

  forgetRow(transaction: string): void {
    this.#rows.delete(transaction);
    const run = fencedRunOf(transaction);
    if (run !== undefined && this.#fences.get(transactionOf(transaction)) === run)
      this.#fences.delete(transactionOf(transaction));
  }
}
