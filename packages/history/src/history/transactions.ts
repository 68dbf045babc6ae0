import { GrowableInt32, GrowableUint8 } from './growable.js';

export const Status = {
  ok: 0,
  failed: 1,
  unknown: 2,
} as const;
export type Status = (typeof Status)[keyof typeof Status];

export const Step = {
  /** Appended or wrote a version. */
  write: 0,
  /** Read a version that others (or nobody) made. */
  read: 1,
  /** Read a list that contradicts what others read: which versions are later than it is not known. */
  divergentRead: 2,
  /** Read what the transaction itself had read or written before. */
  ownRead: 3,
} as const;
export type Step = (typeof Step)[keyof typeof Step];

/** A position after the end of every history: the completion of a transaction of unknown outcome. */
export const NEVER = 0x7fff_ffff;
/** A position before its beginning: the invocation of a transaction whose invocation was not recorded. */
export const BEFORE = -1;

/** All transactions, numbered in the order of completion, in columns. A step is a kind and a version. */
export class TransactionTable {
  readonly #status = new GrowableUint8();
  readonly #process = new GrowableInt32();
  readonly #invoked = new GrowableInt32();
  readonly #completed = new GrowableInt32();
  readonly #firstStep = new GrowableInt32();
  readonly #stepKind = new GrowableUint8();
  readonly #stepVersion = new GrowableInt32();

  get count(): number {
    return this.#status.length;
  }

  /** Steps that follow, by {@link addStep}, are this transaction's. Positions are those of its operations in the history. */
  add(status: Status, process: number, invoked: number, completed: number): number {
    this.#status.push(status);
    this.#process.push(process);
    this.#invoked.push(invoked);
    this.#completed.push(completed);
    return this.#firstStep.push(this.#stepKind.length);
  }

  addStep(kind: Step, version: number): void {
    this.#stepKind.push(kind);
    this.#stepVersion.push(version);
  }

  statusOf(transaction: number): Status {
    return this.#status.at(transaction) as Status;
  }

  processOf(transaction: number): number {
    return this.#process.at(transaction);
  }

  invokedAt(transaction: number): number {
    return this.#invoked.at(transaction);
  }

  completedAt(transaction: number): number {
    return this.#completed.at(transaction);
  }

  firstStep(transaction: number): number {
    return this.#firstStep.at(transaction);
  }

  /** One past the last. */
  endOfSteps(transaction: number): number {
    return transaction + 1 < this.count ? this.#firstStep.at(transaction + 1) : this.#stepKind.length;
  }

  stepKind(step: number): Step {
    return this.#stepKind.at(step) as Step;
  }

  stepVersion(step: number): number {
    return this.#stepVersion.at(step);
  }
}
