import type { CycleStep } from '../anomalies/findings.js';
import { edgeName, EDGE } from '../graph/edge.js';
import { Status, Step } from '../history/transactions.js';
import { NONE } from '../history/versions.js';
import type { ListOrders } from '../inference/list-orders.js';
import type { Inferred } from '../inference/version-order.js';
import type { Scalar } from '../operation.js';
import { keyText, listText, nameOf, scalarText } from './text.js';

const STATUS_WORDS = { [Status.ok]: 'ok', [Status.failed]: 'fail', [Status.unknown]: 'info' } as const;

/** A transaction that takes part in an anomaly. */
export interface TransactionView {
  /** `T` and its number, from 0 in the order of completion. */
  readonly name: string;
  readonly process: number;
  readonly type: 'ok' | 'fail' | 'info';
  /** Positions in the history, from 0; null where the history does not show it. */
  readonly invoked: number | null;
  readonly completed: number | null;
  /** In words: `append x 3`, `r y [1 2]`. */
  readonly operations: readonly string[];
}

/** Why one transaction comes before another. */
export interface StepView {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  readonly text: string;
}

/** Puts transactions and the edges between them in words. */
export class Explainer {
  constructor(
    private readonly inferred: Inferred,
    private readonly orders: ListOrders | undefined,
  ) {}

  view(transaction: number): TransactionView {
    const { transactions, processes } = this.inferred.history;
    const status = transactions.statusOf(transaction);
    const invoked = transactions.invokedAt(transaction);
    const completed = transactions.completedAt(transaction);
    return {
      name: nameOf(transaction),
      process: processes[transactions.processOf(transaction)]!,
      type: STATUS_WORDS[status],
      invoked: invoked < 0 ? null : invoked,
      completed: status === Status.unknown ? null : completed,
      operations: this.#steps(transaction).map((step) => this.#stepText(transaction, step)),
    };
  }

  explain(step: CycleStep): StepView {
    const [from, to] = [nameOf(step.from), nameOf(step.to)];
    return { from, to, kind: edgeName(step.kind), text: this.#reason(step, from, to) };
  }

  #reason(step: CycleStep, from: string, to: string): string {
    const { transactions, processes } = this.inferred.history;
    switch (step.kind) {
      case EDGE.ww:
        return this.#overwriting(step, from, to);
      case EDGE.wr:
        return this.#reading(step, from, to);
      case EDGE.rw:
        return this.#missing(step, from, to);
      case EDGE.process:
        return `process ${processes[transactions.processOf(step.from)]!} ran ${from} before ${to}`;
      default: {
        const [completed, invoked] = [transactions.completedAt(step.from), transactions.invokedAt(step.to)];
        return `${from} was completed (operation ${completed}) before ${to} was invoked (operation ${invoked})`;
      }
    }
  }

  #overwriting(step: CycleStep, from: string, to: string): string {
    for (const earlier of this.#versions(step.from, Step.write)) {
      for (const later of this.#versions(step.to, Step.write)) {
        if (!this.#isBefore(earlier, later)) continue;
        return `${from} ${this.#wrote(earlier)} before ${to} ${this.#wrote(later)}`;
      }
    }
    return `${from} wrote a key before ${to} wrote it`;
  }

  #reading(step: CycleStep, from: string, to: string): string {
    const { versions } = this.inferred.history;
    const reads = [...this.#versions(step.to, Step.read), ...this.#versions(step.to, Step.divergentRead)];
    const read = reads.find((version) => versions.writerOf(version) === step.from);
    return read === undefined ? `${to} read what ${from} wrote` : `${from} ${this.#wrote(read)}, which ${to} saw`;
  }

  #missing(step: CycleStep, from: string, to: string): string {
    const { versions } = this.inferred.history;
    for (const read of this.#versions(step.from, Step.read)) {
      for (const later of this.#versions(step.to, Step.write)) {
        if (!this.#isBefore(read, later)) continue;
        const key = keyText(versions.keys[versions.keyOf(read)]!);
        return `${from} read ${key} as ${this.#valueText(read)}, so it did not see that ${to} ${this.#wrote(later)}`;
      }
    }
    return `${from} did not see what ${to} wrote`;
  }

  #isBefore(earlier: number, later: number): boolean {
    const { versions } = this.inferred.history;
    return versions.keyOf(earlier) === versions.keyOf(later) && this.inferred.precedes(earlier, later);
  }

  #wrote(version: number): string {
    const { versions } = this.inferred.history;
    const key = keyText(versions.keys[versions.keyOf(version)]!);
    const value = scalarText(versions.valueOf(version));
    return this.orders === undefined ? `wrote ${value} to ${key}` : `appended ${value} to ${key}`;
  }

  #steps(transaction: number): number[] {
    const { transactions } = this.inferred.history;
    const first = transactions.firstStep(transaction);
    return Array.from({ length: transactions.endOfSteps(transaction) - first }, (_, i) => first + i);
  }

  #versions(transaction: number, kind: Step): number[] {
    const { transactions } = this.inferred.history;
    const steps = this.#steps(transaction).filter((step) => transactions.stepKind(step) === kind);
    return steps.map((step) => transactions.stepVersion(step));
  }

  #stepText(transaction: number, step: number): string {
    const { transactions, versions } = this.inferred.history;
    const version = transactions.stepVersion(step);
    const key = keyText(versions.keys[versions.keyOf(version)]!);
    if (transactions.stepKind(step) === Step.write) {
      return `${this.orders === undefined ? 'w' : 'append'} ${key} ${scalarText(versions.valueOf(version))}`;
    }
    return `r ${key} ${this.#valueText(version, this.#ownBefore(transaction, step))}`;
  }

  /** What the transaction had appended to the list that it reads in this step. */
  #ownBefore(transaction: number, step: number): Scalar[] {
    const { transactions, versions } = this.inferred.history;
    if (this.orders === undefined || transactions.stepKind(step) === Step.ownRead) return [];
    const key = versions.keyOf(transactions.stepVersion(step));
    const earlier = this.#steps(transaction).filter((each) => each < step && transactions.stepKind(each) === Step.write);
    const own = earlier.map((each) => transactions.stepVersion(each)).filter((version) => versions.keyOf(version) === key);
    return own.map((version) => versions.valueOf(version) as Scalar);
  }

  /** What a read showed that ended with this version, and then with what the transaction itself had appended. */
  #valueText(version: number, own: readonly Scalar[] = []): string {
    const { versions } = this.inferred.history;
    if (this.orders === undefined) return scalarText(versions.valueOf(version));
    if (versions.isInitial(version)) return listText(own);
    const position = this.orders.positionOf(version);
    if (position === NONE) return `[… ${[versions.valueOf(version), ...own].map(scalarText).join(' ')}]`;
    const order = this.orders.orderOf(versions.keyOf(version));
    return listText([...order.slice(0, position + 1).map((each) => versions.valueOf(each) as Scalar), ...own]);
  }
}
