import { HistoryError } from '../history-error.js';
import type { MicroOperation, Operation, OperationType } from '../operation.js';

/** Takes the operations of a history in order. An array's `push` will do: `{ add: (operation) => list.push(operation) }`. */
export interface HistorySink {
  add(operation: Operation): unknown;
}

/**
 * Records a history as it happens. Call {@link invoke} before a transaction is sent off, and one of the others when its outcome
 * is known: the order of these calls is the order of time that the history is judged by.
 */
export class Recorder {
  readonly #sink: HistorySink;
  readonly #now: (() => number) | undefined;
  readonly #open = new Map<number, readonly MicroOperation[]>();
  #index = 0;

  /** @param now the time in nanoseconds, to be noted with each operation */
  constructor(sink: HistorySink, now?: () => number) {
    this.#sink = sink;
    this.#now = now;
  }

  /**
   * @param process an integer; it has one transaction at a time
   * @param value what is to be done, with `null` for what is to be read
   * @throws HistoryError `InvalidArgument`
   */
  invoke(process: number, value: readonly MicroOperation[]): void {
    if (!Number.isSafeInteger(process)) throw new HistoryError('InvalidArgument', 'A process must be an integer.');
    if (this.#open.has(process)) {
      throw new HistoryError('InvalidArgument', `Process ${process} has a transaction that was not completed.`);
    }
    this.#open.set(process, value);
    this.#add('invoke', process, value);
  }

  /** It took effect, and read what `value` says. */
  ok(process: number, value: readonly MicroOperation[]): void {
    this.#complete('ok', process, value);
  }

  /** It certainly has no effect, and never will. */
  fail(process: number): void {
    this.#complete('fail', process);
  }

  /** Nobody knows. It may take effect at any later time. */
  info(process: number): void {
    this.#complete('info', process);
  }

  #complete(type: OperationType, process: number, value?: readonly MicroOperation[]): void {
    const invoked = this.#open.get(process);
    if (invoked === undefined) throw new HistoryError('InvalidArgument', `Process ${process} has no transaction to complete.`);
    this.#open.delete(process);
    this.#add(type, process, value ?? invoked);
  }

  #add(type: OperationType, process: number, value: readonly MicroOperation[]): void {
    const time = this.#now?.();
    this.#sink.add({ index: this.#index++, type, process, f: 'txn', value, ...(time === undefined ? {} : { time }) });
  }
}
