import { type Findings } from '../anomalies/findings.js';
import type { HistoryBuilder } from '../history/history-builder.js';
import { Status, Step } from '../history/transactions.js';
import { NONE } from '../history/versions.js';
import { HistoryError } from '../history-error.js';
import type { MicroOperation, Scalar } from '../operation.js';
import { keyText, listText, nameOf } from '../report/text.js';
import { ListOrders } from './list-orders.js';
import { OwnList } from './own-list.js';

/** Takes in the transactions of a list-append history, and reports what shows in one transaction alone. */
export class ListIngest {
  readonly orders: ListOrders;
  readonly #own = new Map<number, OwnList>();
  readonly #lastWritten = new Map<number, number>();

  constructor(
    private readonly history: HistoryBuilder,
    private readonly findings: Findings,
  ) {
    this.orders = new ListOrders(history.versions);
  }

  ingest(transaction: number, status: Status, steps: readonly MicroOperation[]): void {
    this.#own.clear();
    this.#lastWritten.clear();
    // Writes first, so that a read of what the transaction writes later is known for that.
    for (const step of steps) if (step[0] !== 'r') this.#registerWrite(transaction, step);
    for (const step of steps) {
      const key = this.history.versions.keyId(step[1]);
      if (step[0] === 'append') this.#append(key, step[2]);
      else if (status === Status.ok) this.#read(transaction, key, listOf(step[2]));
    }
  }

  #registerWrite(transaction: number, step: MicroOperation): void {
    const { versions } = this.history;
    if (step[0] !== 'append') throw new HistoryError('InvalidHistory', 'A write (w) in a list-append history.');
    const key = versions.keyId(step[1]);
    const version = versions.versionOf(key, step[2]);
    if (versions.writerOf(version) !== NONE) throw appendedTwice(step[1], step[2]);
    versions.setWriter(version, transaction);
    const earlier = this.#lastWritten.get(key);
    if (earlier !== undefined) versions.setIntermediate(earlier);
    this.#lastWritten.set(key, version);
  }

  #append(key: number, value: Scalar): void {
    this.history.transactions.addStep(Step.write, this.history.versions.versionOf(key, value));
    this.#ownOf(key).append(value);
  }

  #read(transaction: number, key: number, list: readonly Scalar[]): void {
    const { transactions, versions } = this.history;
    const { expected, external } = this.#ownOf(key).read(list);
    const name = keyText(versions.keys[key]!);
    if (expected !== undefined) {
      this.findings.add(
        'internal',
        [transaction],
        () => `${nameOf(transaction)} read ${name} as ${listText(list)}, and must have read ${expected}.`,
      );
    }
    if (external === undefined) {
      const last = list.at(-1);
      transactions.addStep(Step.ownRead, last === undefined ? versions.initialOf(key) : versions.versionOf(key, last));
      return;
    }
    const { version, isDivergent, duplicate } = this.orders.place(key, external, transaction);
    transactions.addStep(isDivergent ? Step.divergentRead : Step.read, version);
    if (duplicate !== undefined) {
      this.findings.add(
        'duplicate-elements',
        [transaction],
        () => `${nameOf(transaction)} read ${String(duplicate)} twice in ${name}.`,
      );
    }
    if (versions.writerOf(version) === transaction && expected === undefined) {
      this.findings.add(
        'future-read',
        [transaction],
        () => `${nameOf(transaction)} read ${name} as ${listText(list)} before it appended that.`,
      );
    }
  }

  #ownOf(key: number): OwnList {
    let own = this.#own.get(key);
    if (own === undefined) this.#own.set(key, (own = new OwnList()));
    return own;
  }
}

function listOf(value: readonly Scalar[] | Scalar | null): readonly Scalar[] {
  if (value === null) return [];
  if (typeof value !== 'object') throw new HistoryError('InvalidHistory', 'A read of a list-append history holds no list.');
  return value;
}

function appendedTwice(key: Scalar, value: Scalar): HistoryError {
  return new HistoryError(
    'InvalidHistory',
    `${String(value)} is appended twice to ${keyText(key)}: who made a version must be told by its value.`,
  );
}
