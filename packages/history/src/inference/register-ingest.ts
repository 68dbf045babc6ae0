import type { Findings } from '../anomalies/findings.js';
import type { HistoryBuilder } from '../history/history-builder.js';
import { Status, Step } from '../history/transactions.js';
import { NONE } from '../history/versions.js';
import { HistoryError } from '../history-error.js';
import type { MicroOperation, Scalar } from '../operation.js';
import { keyText, nameOf, scalarText } from '../report/text.js';

/** Takes in the transactions of a history of registers, and reports what shows in one transaction alone. */
export class RegisterIngest {
  /** By key: the version that the transaction read or wrote last. */
  readonly #current = new Map<number, number>();
  readonly #lastWritten = new Map<number, number>();

  constructor(
    private readonly history: HistoryBuilder,
    private readonly findings: Findings,
  ) {}

  ingest(transaction: number, status: Status, steps: readonly MicroOperation[]): void {
    this.#current.clear();
    this.#lastWritten.clear();
    // Writes first, so that a read of what the transaction writes later is known for that.
    for (const step of steps) if (step[0] !== 'r') this.#registerWrite(transaction, step);
    for (const step of steps) {
      const key = this.history.versions.keyId(step[1]);
      if (step[0] === 'w') this.#write(key, step[2]);
      else if (status === Status.ok) this.#read(transaction, key, registerValue(step[2]));
    }
  }

  #registerWrite(transaction: number, step: MicroOperation): void {
    const { versions } = this.history;
    if (step[0] !== 'w') throw new HistoryError('InvalidHistory', 'An append in a history of registers.');
    const key = versions.keyId(step[1]);
    const version = versions.versionOf(key, step[2]);
    if (versions.writerOf(version) !== NONE) throw writtenTwice(step[1], step[2]);
    versions.setWriter(version, transaction);
    const earlier = this.#lastWritten.get(key);
    if (earlier !== undefined) versions.setIntermediate(earlier);
    this.#lastWritten.set(key, version);
  }

  #write(key: number, value: Scalar): void {
    const version = this.history.versions.versionOf(key, value);
    this.history.transactions.addStep(Step.write, version);
    this.#current.set(key, version);
  }

  #read(transaction: number, key: number, value: Scalar | null): void {
    const { transactions, versions } = this.history;
    const version = value === null ? versions.initialOf(key) : versions.versionOf(key, value);
    const current = this.#current.get(key);
    this.#current.set(key, version);
    if (current === version) {
      transactions.addStep(Step.ownRead, version);
      return;
    }
    const isOwn = versions.writerOf(version) === transaction;
    transactions.addStep(isOwn ? Step.ownRead : Step.read, version);
    versions.setObserved(version);
    const name = keyText(versions.keys[key]!);
    if (current !== undefined) {
      const expected = scalarText(versions.valueOf(current));
      this.findings.add(
        'internal',
        [transaction],
        () => `${nameOf(transaction)} read ${name} as ${scalarText(value)}, and must have read ${expected}.`,
      );
    } else if (isOwn) {
      this.findings.add(
        'future-read',
        [transaction],
        () => `${nameOf(transaction)} read ${name} as ${scalarText(value)} before it wrote that.`,
      );
    }
  }
}

function registerValue(value: readonly Scalar[] | Scalar | null): Scalar | null {
  if (typeof value === 'object' && value !== null) {
    throw new HistoryError('InvalidHistory', 'A read of a history of registers holds a list.');
  }
  return value;
}

function writtenTwice(key: Scalar, value: Scalar): HistoryError {
  return new HistoryError(
    'InvalidHistory',
    `${String(value)} is written twice to ${keyText(key)}: who made a version must be told by its value.`,
  );
}
