import type { Router, SystemGate } from '../catalog/index.js';
import { timestampAt, type Environment, type HybridClock } from '../clock/index.js';
import type { RangeChange } from '../rows/index.js';
import { attemptOf, newCoordinatorTag, newTransactionId } from '../shard/index.js';
import { HeldLocks, Reader, retry, Statistics, Transaction, type Coordinator } from '../transaction/index.js';

const DEADLINE_MS = 30_000;

/** What leads to the system shard, where it is by now. */
export interface SystemAccess {
  /** Of the system shard's keyspace. */
  readonly router: Router;
  readonly coordinator: Coordinator;
}

export interface SystemTransactionsParts {
  readonly environment: Environment;
  readonly clock: HybridClock;
  readonly gate: SystemGate;
  readonly access: () => SystemAccess;
}

/** Runs transactions over the catalog, which change what shards own in the same step. */
export class SystemTransactions {
  readonly #parts: SystemTransactionsParts;
  readonly #tag: string;
  readonly #statistics = new Statistics();

  constructor(parts: SystemTransactionsParts) {
    this.#parts = parts;
    this.#tag = newCoordinatorTag(parts.environment);
  }

  /**
   * Runs `work` and commits; again after a retryable conflict. It reads and writes records of the catalog, and says by shard what
   * becomes of the ranges there.
   */
  run<T>(
    work: (transaction: Transaction, changes: Map<string, RangeChange>) => Promise<T>,
    deadlineMs = DEADLINE_MS,
  ): Promise<T> {
    return this.#parts.gate.pass(() => this.#run(work, deadlineMs));
  }

  #run<T>(work: (transaction: Transaction, changes: Map<string, RangeChange>) => Promise<T>, deadlineMs: number): Promise<T> {
    const { environment, clock, access } = this.#parts;
    const { coordinator, router } = access();
    coordinator.checkOpen();
    const id = newTransactionId(clock.now(), this.#tag);
    const end = environment.now() + deadlineMs;
    const changesOf = new WeakMap<Transaction, Map<string, RangeChange>>();
    coordinator.begun(id);
    return retry(environment, this.#statistics, {
      deadlineMs: end,
      begin: (attempt) => {
        const rangeChanges = new Map<string, RangeChange>();
        const transaction = new Transaction({
          coordinator,
          locks: new HeldLocks(router, clock),
          reader: new Reader(router, clock.now()),
          id,
          isHeld: true,
          attempt: attemptOf(id, attempt),
          isolation: 'serializable',
          expiry: timestampAt(end),
          rangeChanges,
        });
        changesOf.set(transaction, rangeChanges);
        return transaction;
      },
      body: async (transaction) => {
        const result = await work(transaction, changesOf.get(transaction)!);
        await transaction.commit();
        return result;
      },
      ended: () => coordinator.ended(id),
    });
  }
}
