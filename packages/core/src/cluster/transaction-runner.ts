import type { Router } from '../catalog/index.js';
import { timestampAt, type Environment, type HybridClock, type Timestamp } from '../clock/index.js';
import {
  attemptOf,
  checkTransactionId,
  newCoordinatorTag,
  newTransactionId,
  transactionOf,
  type Precondition,
} from '../shard/index.js';
import {
  HeldLocks,
  Reader,
  retry,
  Transaction,
  TransactionRecord,
  type Coordinator,
  type Statistics,
  type TransactionParts,
  type WriteBuffer,
} from '../transaction/index.js';
import { FirstBlindWrite } from './blind-write.js';
import { IdentifiedRuns, type RunResult } from './identified-runs.js';
import type { Writes } from './mutation.js';
import type { ShardDirectory } from './shard-directory.js';
import { checkIsolation, deadlineOf, signalOf, type TransactionOptions } from './transaction-options.js';

/** An id that a caller chose, checked. */
function idOf(id: string): string {
  return transactionOf(checkTransactionId(id));
}

export interface TransactionRunnerParts {
  readonly environment: Environment;
  readonly clock: HybridClock;
  readonly router: Router;
  readonly coordinator: Coordinator;
  readonly statistics: Statistics;
  readonly shards: ShardDirectory;
  /** When a shard was removed last. */
  readonly lastRemoval: () => Promise<Timestamp>;
}

/** Begins transactions, and runs them until they commit or fail for good. */
export class TransactionRunner {
  readonly #parts: TransactionRunnerParts;
  readonly #tag: string;
  readonly #identified: IdentifiedRuns;

  constructor(parts: TransactionRunnerParts) {
    this.#parts = parts;
    this.#tag = newCoordinatorTag(parts.environment);
    this.#identified = new IdentifiedRuns(parts, this.#tag);
  }

  /** Ids that callers keep, and what is run under them. */
  get identified(): IdentifiedRuns {
    return this.#identified;
  }

  /** Runs a function in a transaction, and commits it unless the function did. */
  transact<T>(fn: (transaction: Transaction) => Promise<T> | T, options: TransactionOptions): Promise<T | RunResult<T>> {
    const work = async (transaction: Transaction): Promise<T> => {
      const result = await fn(transaction);
      if (transaction.isOpen) await transaction.commit();
      return result;
    };
    return options.id === undefined ? this.run(options, [], work) : this.runOnce(options.id, options, [], work);
  }

  /** A transaction that the caller commits or aborts. */
  begin(options: TransactionOptions): Transaction {
    const locks = this.#newLocks();
    const deadlineMs = this.#deadlineOf(options);
    if (options.id === undefined) {
      const id = this.#newId();
      return this.#begin(id, id, 1, options, deadlineMs, { isHeld: false, locks });
    }
    const id = idOf(options.id);
    const claimed: TransactionParts['claimed'] = (commit) =>
      this.#identified.inTurn(id, (claim) =>
        claim.committedAt === undefined ? commit(attemptOf(claim.attempts, 1)) : Promise.resolve(claim.committedAt),
      );
    return this.#begin(id, id, 1, options, deadlineMs, { isHeld: false, locks, claimed });
  }

  /** A write of known keys needs no transaction object: it reads nothing, and nobody knows its id while it is under way. */
  write(writes: Writes, preconditions: readonly Precondition[], options: TransactionOptions): Promise<Timestamp> {
    const { clock, coordinator } = this.#parts;
    if (writes.writeKeys.length === 0 && preconditions.length === 0) return Promise.resolve(clock.now());
    checkIsolation(options.isolation ?? 'serializable');
    const signal = signalOf(options);
    const start = clock.now();
    const id = newTransactionId(start, this.#tag);
    const deadlineMs = this.#deadlineOf(options);
    return coordinator.commit(new FirstBlindWrite(this.#parts, id, start, deadlineMs, writes, preconditions, signal));
  }

  /** The same of what each attempt makes anew, as it changes with what is there. */
  async commit(
    writes: () => WriteBuffer,
    preconditions: readonly Precondition[],
    options: TransactionOptions,
  ): Promise<Timestamp> {
    const commit = (transaction: Transaction): Promise<Timestamp> => transaction.commit();
    if (options.id === undefined) return await this.run(options, preconditions, commit, writes);
    return (await this.runOnce(options.id, options, preconditions, commit, writes)).timestamp;
  }

  /** @param writes what each attempt writes from its start. */
  run<T>(
    options: TransactionOptions,
    preconditions: readonly Precondition[],
    body: (transaction: Transaction) => Promise<T>,
    writes?: () => WriteBuffer,
  ): Promise<T> {
    const id = this.#newId();
    return this.#run(id, id, options, preconditions, body, writes);
  }

  /** The same under an id that the caller keeps: does nothing where a transaction has committed under it before. */
  async runOnce<T>(
    givenId: string,
    options: TransactionOptions,
    preconditions: readonly Precondition[],
    body: (transaction: Transaction) => Promise<T>,
    writes?: () => WriteBuffer,
  ): Promise<RunResult<T>> {
    const id = idOf(givenId);
    return await this.#identified.inTurn(id, async (claim): Promise<RunResult<T>> => {
      if (claim.committedAt !== undefined) return { alreadyCommitted: true, timestamp: claim.committedAt };
      const run = async (transaction: Transaction): Promise<RunResult<T>> => {
        const result = await body(transaction);
        const timestamp = (await transaction.committed) ?? transaction.readTimestamp;
        return { alreadyCommitted: false, result, timestamp };
      };
      return await this.#run(id, claim.attempts, options, preconditions, run, writes);
    });
  }

  #run<T>(
    id: string,
    attempts: string,
    options: TransactionOptions,
    preconditions: readonly Precondition[],
    body: (transaction: Transaction) => Promise<T>,
    writes: (() => WriteBuffer) | undefined,
  ): Promise<T> {
    const { environment, statistics, coordinator } = this.#parts;
    const deadlineMs = this.#deadlineOf(options);
    const signal = signalOf(options);
    const record = new TransactionRecord();
    const locks = this.#newLocks();
    coordinator.begun(id);
    return retry(environment, statistics, {
      deadlineMs,
      signal,
      begin: (attempt) =>
        this.#begin(id, attempts, attempt, options, deadlineMs, {
          preconditions,
          isHeld: true,
          locks,
          record,
          writes: writes?.(),
        }),
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
    attempts: string,
    attempt: number,
    options: TransactionOptions,
    deadlineMs: number,
    parts: Pick<TransactionParts, 'claimed' | 'isHeld' | 'locks' | 'preconditions' | 'record' | 'writes'>,
  ): Transaction {
    const { isolation = 'serializable' } = options;
    checkIsolation(isolation);
    const { router, clock, coordinator } = this.#parts;
    // Field by field: to spread an object costs more than all else here.
    const { claimed, isHeld, locks, preconditions, record, writes } = parts;
    return new Transaction({
      claimed,
      isHeld,
      locks,
      preconditions,
      record,
      writes,
      coordinator,
      reader: new Reader(router, clock.now()),
      id,
      attempt: attemptOf(attempts, attempt),
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
