import { HistoryError } from '../history-error.js';
import type { MicroOperation, Operation } from '../operation.js';
import { BEFORE, NEVER, Status, TransactionTable } from './transactions.js';
import { VersionTable } from './versions.js';

/** Adds the steps of one transaction. Reads count only where the outcome is `ok`. */
export type StepsIngest = (transaction: number, status: Status, steps: readonly MicroOperation[]) => void;

const STATUS_OF = { ok: Status.ok, fail: Status.failed, info: Status.unknown } as const;

interface Invocation {
  readonly position: number;
  readonly value: readonly MicroOperation[];
}

/** Pairs invocations with completions, in the order of the history, and fills the tables. */
export class HistoryBuilder {
  readonly transactions = new TransactionTable();
  readonly versions = new VersionTable();
  readonly processes: number[] = [];
  readonly #processIds = new Map<number, number>();
  readonly #open = new Map<number, Invocation>();
  #position = 0;

  /** Operations so far. */
  get length(): number {
    return this.#position;
  }

  add(operation: Operation, ingest: StepsIngest): void {
    const position = this.#position++;
    const { process, value, type } = operation;
    const invocation = this.#open.get(process);
    if (type === 'invoke') {
      if (invocation !== undefined) throw overlapping(position);
      this.#open.set(process, { position, value });
      return;
    }
    this.#open.delete(process);
    const status = STATUS_OF[type];
    const steps = status === Status.ok ? value : (invocation?.value ?? value);
    const completed = status === Status.unknown ? NEVER : position;
    this.#addTransaction(process, status, { position: invocation?.position ?? BEFORE, value: steps }, completed, ingest);
  }

  /** What was invoked and never completed has an unknown outcome. */
  finish(ingest: StepsIngest): void {
    for (const [process, invocation] of this.#open) this.#addTransaction(process, Status.unknown, invocation, NEVER, ingest);
    this.#open.clear();
  }

  #addTransaction(
    process: number,
    status: Status,
    { position, value }: Invocation,
    completed: number,
    ingest: StepsIngest,
  ): void {
    const transaction = this.transactions.add(status, this.#processId(process), position, completed);
    ingest(transaction, status, value);
  }

  #processId(process: number): number {
    const known = this.#processIds.get(process);
    if (known !== undefined) return known;
    const id = this.processes.push(process) - 1;
    this.#processIds.set(process, id);
    return id;
  }
}

function overlapping(position: number): HistoryError {
  return new HistoryError(
    'InvalidHistory',
    `Operation ${position} (from 0): a process invokes a transaction before its last one was completed.`,
  );
}
