import type { Timestamp } from '../clock/index.js';
import { invariant, PandaError } from '../errors/index.js';
import type { Attempt } from './attempt.js';
import { checkBatchSize } from './batch-size.js';
import type { CommitRows } from './commit-rows.js';
import type { GroupMember } from './group.js';
import type { GroupWriter } from './group-writer.js';
import type { LockTable } from './lock-table.js';
import type { Outcomes } from './outcomes.js';
import type { Pending } from './pending-commits.js';
import type { ShardContext } from './shard-context.js';
import type { Gate } from './gate.js';
import { startOf, transactionOf } from './transaction-id.js';
import { versionstampOf } from './versionstamp.js';
import type { UpdateLocks } from './update-locks.js';
import type { Validator } from './validator.js';
import type { WriteConflicts } from './write-conflicts.js';

/** A commit in a group, until its fate is known. */
class PendingCommit implements GroupMember, Pending {
  readonly transaction: string;
  readonly timestamp: Timestamp;
  readonly promise: Promise<Timestamp>;
  #resolve!: (timestamp: Timestamp) => void;
  #reject!: (error: PandaError) => void;

  constructor(transaction: string, timestamp: Timestamp) {
    this.transaction = transaction;
    this.timestamp = timestamp;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  durable(): void {
    this.#resolve(this.timestamp);
  }

  failed(error: PandaError, applied: false | undefined): void {
    this.#reject(applied === false ? error : unknownOutcome(this.transaction, error));
  }
}

export interface CommitterParts {
  readonly context: ShardContext;
  readonly gate: Gate;
  readonly locks: LockTable;
  readonly validator: Validator;
  readonly rows: CommitRows;
  readonly outcomes: Outcomes;
  readonly writer: GroupWriter;
  readonly updateLocks: UpdateLocks;
  readonly conflicts: WriteConflicts;
  /** Looks at a failure, and stops the leader when it is a broken invariant. */
  readonly judge: (error: unknown) => Error;
}

/** Commits transactions that touch this shard only: one message, one batch, shared with the whole group (docs/protocol/commit.md). */
export class Committer {
  readonly #parts: CommitterParts;
  /** Of the transactions that have joined groups. */
  #latestStart: Timestamp = 0;

  constructor(parts: CommitterParts) {
    this.#parts = parts;
  }

  /**
   * Joins a group at once when nothing needs to be waited for, which is the common case; else tries again until then. From the
   * last look at locks and rows to joining nothing awaits. A commit holds nothing while it waits, so it cannot deadlock.
   *
   * Throws what the first look finds; what a later one finds rejects the promise.
   */
  commit(attempt: Attempt): Promise<Timestamp> {
    const known = this.#known(attempt);
    if (known !== undefined) return Promise.resolve(known);
    const obstacle = this.#obstacle(attempt);
    if (obstacle === undefined) return this.#join(attempt);
    return obstacle.then(() => this.commit(attempt)).catch((error: unknown) => Promise.reject(this.#parts.judge(error)));
  }

  #known(attempt: Attempt): Promise<Timestamp> | Timestamp | undefined {
    const { transaction } = attempt.request;
    const { outcomes, writer } = this.#parts;
    const mayBePending = startOf(transaction) <= this.#latestStart;
    return (mayBePending ? writer.pendingCommit(attempt.id) : undefined) ?? outcomes.committedAt(transaction);
  }

  #obstacle(attempt: Attempt): Promise<void> | undefined {
    const { context, gate, locks, validator } = this.#parts;
    const closed = gate.obstacle(attempt);
    if (closed !== undefined) return closed;
    if (attempt.request.stamps !== undefined) {
      const timestamp = context.clock.now();
      attempt.stamp(timestamp, versionstampOf(timestamp, context.id));
      gate.checkOwned(attempt);
    }
    return locks.conflict(attempt)?.changed ?? validator.lookUp(attempt);
  }

  isInFlight(transactionId: string): boolean {
    return this.#parts.writer.pendingCommit(transactionId) !== undefined;
  }

  /** Resolves when no commit of the transaction is in flight. */
  async settledOf(transactionId: string): Promise<void> {
    await this.#parts.writer.pendingCommit(transactionId)?.catch(() => undefined);
  }

  #join(attempt: Attempt): Promise<Timestamp> {
    const { conflicts, context, rows, updateLocks, validator, writer } = this.#parts;
    const { request } = attempt;
    validator.check(attempt);
    const olds = validator.superseded(attempt);
    const bytes = rows.sizeOf(attempt.writes, olds);
    checkBatchSize(context, bytes);
    const timestamp = attempt.stampedAt ?? context.clock.now();
    invariant(timestamp === context.clock.last, 'nothing was stamped since the commit was');
    const group = writer.openFor(bytes);
    rows.add(group, attempt.writes, timestamp, olds, false);
    if (request.writeConflicts !== undefined) {
      conflicts.add(group, request.writeConflicts, timestamp, context.clock.last, request.transaction);
    }
    const pending = new PendingCommit(request.transaction, timestamp);
    group.members.push(pending);
    group.pending.add(pending);
    this.#latestStart = Math.max(this.#latestStart, startOf(request.transaction));
    writer.joined();
    // Whoever comes next reads above this commit, and so waits for the group to be durable.
    if (!updateLocks.isEmpty) updateLocks.unlock(request.transaction);
    return pending.promise;
  }
}

/** What a caller gets when neither the engine nor the journal could tell. */
export function unknownOutcome(transaction: string, cause: PandaError): PandaError {
  return new PandaError('CommitUnknown', 'The outcome of the commit could not be learnt; look it up by its transaction id', {
    transactionId: transactionOf(transaction),
    cause,
  });
}
