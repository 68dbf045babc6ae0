import type { Timestamp } from '../clock/index.js';
import type { OutcomeRow } from '../rows/index.js';
import { startOf, transactionOf } from './transaction-id.js';

/**
 * What this shard knows of how transactions ended: those of recent groups by id, and those whose outcome row still stands
 * (cross-shard commits that somebody has still to hear of, and aborts).
 */
export class Outcomes {
  readonly #committed = new Map<string, Timestamp>();
  /** The ids in `#committed`, a ring with the oldest at `#next` once it is full. */
  readonly #order: string[] = [];
  readonly #committedMax: number;
  #next = 0;
  readonly #rows = new Map<string, OutcomeRow>();
  #floor: Timestamp;

  constructor(committedMax: number, floor: Timestamp, rows: readonly OutcomeRow[]) {
    this.#committedMax = committedMax;
    this.#floor = floor;
    for (const row of rows) this.#rows.set(row.transaction, row);
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
    return this.#committed.get(transactionOf(attempt));
  }

  /** True when the attempt, or the whole transaction, must not commit any more. */
  isAborted(attempt: string): boolean {
    if (this.#rows.size === 0) return false;
    return this.#isAbort(attempt) || this.#isAbort(transactionOf(attempt));
  }

  #isAbort(id: string): boolean {
    const row = this.#rows.get(id);
    return row !== undefined && row.committedAt === undefined;
  }

  /** A group with the transaction is in the engine. */
  recordCommit(attempt: string, timestamp: Timestamp): void {
    const id = transactionOf(attempt);
    if (this.#order.length === this.#committedMax) {
      const oldest = this.#order[this.#next]!;
      this.#floor = Math.max(this.#floor, this.#committed.get(oldest) ?? 0);
      this.#committed.delete(oldest);
    }
    this.#order[this.#next] = id;
    this.#next = (this.#next + 1) % this.#committedMax;
    this.#committed.set(id, timestamp);
  }

  recordRow(row: OutcomeRow): void {
    this.#rows.set(row.transaction, row);
  }

  forgetRow(transaction: string): void {
    this.#rows.delete(transaction);
  }
}
