import type { Router } from '../catalog/index.js';
import { timestampAt, type Environment, type HybridClock, type Timestamp } from '../clock/index.js';
import { attemptOf, newCoordinatorTag, newTransactionId, type Precondition } from '../shard/index.js';
import {
  HeldLocks,
  Reader,
  retry,
  retryAfter,
  Transaction,
  TransactionRecord,
  type Coordinator,
  type Statistics,
  type TransactionParts,
  type WriteBuffer,
} from '../transaction/index.js';
import { BlindWrite } from './blind-write.js';
import type { Writes } from './mutation.js';
import { checkIsolation, deadlineOf, signalOf, type TransactionOptions } from './transaction-options.js';

export interface TransactionRunnerParts {
  readonly environment: Environment;
  readonly clock: HybridClock;
  readonly router: Router;
  readonly coordinator: Coordinator;
  readonly statistics: Statistics;
}

/** Begins transactions, and runs them until they commit or fail for good. */
export class TransactionRunner {
  readonly #parts: TransactionRunnerParts;
  readonly #tag: string;

  constructor(parts: TransactionRunnerParts) {
    this.#parts = parts;
    this.#tag = newCoordinatorTag(parts.environment);
  }

  /** A transaction that the caller commits or aborts. */
  begin(options: TransactionOptions): Transaction {
    return this.#begin(this.#newId(), 1, options, this.#deadlineOf(options), { isHeld: false, locks: this.#newLocks() });
  }

  /** A write of known keys needs no transaction object: it reads nothing, and nobody knows its id while it is under way. */
  write(writes: Writes, preconditions: readonly Precondition[], options: TransactionOptions): Promise<Timestamp> {
    const { environment, statistics, clock, coordinator } = this.#parts;
    if (writes.writeKeys.length === 0 && preconditions.length === 0) return Promise.resolve(clock.now());
    const { isolation = 'serializable' } = options;
    checkIsolation(isolation);
    const signal = signalOf(options);
    const start = clock.now();
    const id = newTransactionId(start, this.#tag);
    const deadlineMs = this.#deadlineOf(options);
    const expiry = timestampAt(deadlineMs);
    const attemptAt = (attempt: number, timestamp: Timestamp): BlindWrite =>
      new BlindWrite(attemptOf(id, attempt), timestamp, expiry, writes, preconditions);
    // The first attempt nearly always succeeds: what it takes to try again is made when it has not.
    return coordinator.commit(attemptAt(1, start), (failure) =>
      retryAfter(failure, environment, statistics, {
        deadlineMs,
        signal,
        begin: (attempt) => attemptAt(attempt, clock.now()),
        body: (work) => coordinator.commit(work),
        ended: () => undefined,
      }),
    );
  }

  /** @param writes what each attempt writes from its start. */
  run<T>(
    options: TransactionOptions,
    preconditions: readonly Precondition[],
    body: (transaction: Transaction) => Promise<T>,
    writes?: () => WriteBuffer,
  ): Promise<T> {
    const { environment, statistics, coordinator } = this.#parts;
    const id = this.#newId();
    const deadlineMs = this.#deadlineOf(options);
    const signal = signalOf(options);
    const record = new TransactionRecord();
    const locks = this.#newLocks();
    coordinator.begun(id);
    return retry(environment, statistics, {
      deadlineMs,
      signal,
      begin: (attempt) =>
        this.#begin(id, attempt, options, deadlineMs, { preconditions, isHeld: true, locks, record, writes: writes?.() }),
      failed: (error) => record.failed(error),
      body,
      ended: () => {
        locks.release();
        coordinator.ended(id);
      },
    });
  }

  #newLocks(): HeldLocks {
    return new HeldLocks(this.#parts.router, this.#parts.clock);
  }

  #begin(
    id: string,
    attempt: number,
    options: TransactionOptions,
    deadlineMs: number,
    parts: Pick<TransactionParts, 'isHeld' | 'locks' | 'preconditions' | 'record' | 'writes'>,
  ): Transaction {
    const { isolation = 'serializable' } = options;
    checkIsolation(isolation);
    const { router, clock, coordinator } = this.#parts;
    // Field by field: to spread an object costs more than all else here.
    const { isHeld, locks, preconditions, record, writes } = parts;
    return new Transaction({
      isHeld,
      locks,
      preconditions,
      record,
      writes,
      coordinator,
      reader: new Reader(router, clock.now()),
      id,
      attempt: attemptOf(id, attempt),
      isolation,
      expiry: timestampAt(deadlineMs),
      signal: signalOf(options),
    });
  }

  #newId(): string {
    return newTransactionId(this.#parts.clock.now(), this.#tag);
  }

  #deadlineOf(options: TransactionOptions): number {
    return this.#parts.environment.now() + deadlineOf(options);
  }
}
