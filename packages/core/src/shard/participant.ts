import { invariant, PandaError } from '../errors/index.js';
import type { Timestamp } from '../clock/index.js';
import {
  encodeOutcomeRow,
  encodePreparedRow,
  outcomeRowKey,
  partKey,
  preparedRowKey,
  type OutcomeRow,
  type PreparedRow,
} from '../rows/index.js';
import type { Entry } from '../engine/index.js';
import { keyHex } from '../keys/index.js';
import { Attempt } from './attempt.js';
import { checkBatchSize } from './batch-size.js';
import type { CommitRows } from './commit-rows.js';
import type { Gate } from './gate.js';
import type { GroupWriter } from './group-writer.js';
import type { LockTable } from './lock-table.js';
import type { Outcomes } from './outcomes.js';
import { PreparedTransaction } from './prepared-transaction.js';
import type { PreparedTransactions } from './prepared-transactions.js';
import type { RangeChanges } from './range-changes.js';
import type { ShardContext } from './shard-context.js';
import type { Decision, PrepareRequest } from './shard.js';
import { isOlder } from './transaction-id.js';
import type { Validator } from './validator.js';
import { versionstampOf } from './versionstamp.js';
import type { WriteConflicts } from './write-conflicts.js';

/** What a participant is made of. */
export interface ParticipantParts {
  readonly context: ShardContext;
  readonly gate: Gate;
  readonly locks: LockTable;
  readonly changes: RangeChanges;
  readonly validator: Validator;
  readonly conflicts: WriteConflicts;
  readonly rows: CommitRows;
  readonly outcomes: Outcomes;
  readonly prepared: PreparedTransactions;
  readonly writer: GroupWriter;
}

/** This shard's part in cross-shard transactions: promise, learn the outcome, apply it (docs/protocol/cross-shard-commit.md). */
export class Participant {
  readonly #parts: ParticipantParts;

  constructor(parts: ParticipantParts) {
    this.#parts = parts;
  }

  /** Promises to commit: answers the least commit timestamp that is accepted here, once the prepared row is durable. */
  async prepare(attempt: Attempt<PrepareRequest>): Promise<Timestamp> {
    const { changes, gate, outcomes, prepared } = this.#parts;
    const { transaction } = attempt.request;
    for (;;) {
      const before = prepared.get(transaction);
      if (before !== undefined) return await before.durable.promise.then(() => before.row.minTimestamp);
      const committedAt = outcomes.committedAt(transaction);
      if (committedAt !== undefined) return this.#promisedBefore(attempt, committedAt);
      const change = attempt.request.rangeChange;
      if (change !== undefined) changes.check(change);
      const obstacle = gate.obstacle(attempt, change !== undefined) ?? this.#obstacle(attempt);
      if (obstacle === undefined) return await this.#promise(attempt);
      await obstacle;
    }
  }

  /** The transaction is committed; the rows follow once the anchor's outcome is durable. Readers need not wait for that. */
  learn(transaction: string, committedAt: Timestamp, stampedBy?: string): void {
    const prepared = this.#parts.prepared.get(transaction);
    if (prepared === undefined) return;
    this.#checkDecision(prepared, { committedAt, stampedBy });
    this.#parts.context.clock.advance(committedAt);
    if (prepared.row.stamps !== undefined) this.#complete(prepared, committedAt, stampedBy);
    prepared.committedAt = committedAt;
    prepared.stampedBy ??= stampedBy;
    prepared.notify();
  }

  /** From now on the locks are on the keys that the stamp has made. */
  #complete(prepared: PreparedTransaction, committedAt: Timestamp, stampedBy: string | undefined): void {
    const { context, locks } = this.#parts;
    const facts = { shard: context.id, transactionId: prepared.transaction };
    invariant(stampedBy !== undefined, 'a commit that writes stamps says whose promise it is', facts);
    locks.release(prepared);
    prepared.complete(committedAt, stampedBy);
    locks.acquire(prepared);
  }

  /** Ends the promise with the outcome, in one batch: removes the prepared row and, when committed, writes the rows. */
  async apply(transaction: string, decision: Decision, outcome?: OutcomeRow): Promise<void> {
    const prepared = this.#parts.prepared.get(transaction);
    if (prepared === undefined) {
      invariant(decision.committedAt === undefined || outcome === undefined, 'the anchor of a commit has prepared it');
      if (outcome !== undefined) await this.#writeOutcome(outcome);
      // It would be said to have been heard where only a leader has heard it that was replaced, and whose successor has prepared.
      else if (decision.committedAt !== undefined) await this.#parts.writer.confirm();
      return;
    }
    prepared.applying ??= this.#finish(prepared, decision, outcome).catch((error: unknown) => {
      prepared.applying = undefined;
      throw error;
    });
    await prepared.applying;
  }

  #obstacle(attempt: Attempt<PrepareRequest>): Promise<void> | undefined {
    const { locks, validator } = this.#parts;
    if (attempt.request.stamps !== undefined) this.#stamp(attempt);
    return this.#lockObstacle(attempt, locks) ?? validator.lookUp(attempt);
  }

  /** Wait-die (Rosenkrantz et al., 1978): only an older transaction waits for a younger one that is undecided. */
  #lockObstacle(attempt: Attempt<PrepareRequest>, locks: LockTable): Promise<void> | undefined {
    const holder = locks.conflict(attempt);
    if (holder === undefined) return undefined;
    if (holder.committedAt === undefined && !isOlder(attempt.request.transaction, holder.transaction)) {
      const key = locks.conflictingKey(attempt, holder);
      throw new PandaError('Conflict', 'An older transaction holds a lock that this one needs', {
        ...(key === undefined ? {} : { key: keyHex(key) }),
        shard: this.#parts.context.id,
        transactionId: holder.transaction,
      });
    }
    return holder.changed;
  }

  /**
   * What a repeat of a transaction that has committed is answered. Where the stamp is that of the shard which has promised most, a commit
   * timestamp must not be taken for a promise.
   */
  #promisedBefore({ request }: Attempt<PrepareRequest>, committedAt: Timestamp): Timestamp {
    if (request.stamps === undefined) return committedAt;
    throw new PandaError('CommitUnknown', 'The transaction has ended before this prepare', {
      shard: this.#parts.context.id,
      transactionId: request.transaction,
    });
  }

  /** Makes keys of the stamp that this turn's promise would give. A promise up to the expiry bounds where they can come to lie. */
  #stamp(attempt: Attempt<PrepareRequest>): void {
    const { context, gate } = this.#parts;
    const timestamp = context.clock.now();
    if (timestamp > attempt.request.expiry) {
      throw new PandaError('DeadlineExceeded', 'The deadline passed before the commit could be tried', { shard: context.id });
    }
    attempt.stamp(timestamp, versionstampOf(timestamp, context.id));
    attempt.spreadStamps();
    gate.checkOwned(attempt);
  }

  #promise(attempt: Attempt<PrepareRequest>): Promise<Timestamp> {
    const { changes, context, locks, prepared, rows, validator, writer } = this.#parts;
    const { request } = attempt;
    validator.check(attempt);
    checkBatchSize(context, rows.sizeOf(attempt.writes, validator.superseded(attempt)));
    const row: PreparedRow = {
      transaction: request.transaction,
      anchor: request.anchor,
      participants: request.participants,
      minTimestamp: attempt.stampedAt ?? context.clock.now(),
      expiry: request.expiry,
      readKeys: attempt.unchangedKeys.length === 0 ? attempt.readKeys : [...attempt.readKeys, ...attempt.unchangedKeys],
      readSpans: attempt.readSpans,
      writeKeys: attempt.writes.writeKeys,
      writeValues: attempt.writes.writeValues,
      rangeChange: request.rangeChange,
      writeConflicts: request.writeConflicts,
      stamps: attempt.stamps?.length === 0 ? undefined : attempt.stamps,
    };
    const entries = encodePreparedRow(row);
    const promise = new PreparedTransaction(row, entries.length, context.environment.now());
    locks.acquire(promise);
    changes.hold(promise);
    prepared.add(promise);
    const group = writer.openFor(sumOfBytes(entries));
    group.putBytes(entries);
    group.members.push({
      durable: () => promise.durable.resolve(),
      failed: (error) => {
        prepared.remove(promise);
        locks.release(promise);
        changes.settle(promise, false);
        promise.durable.reject(error);
      },
    });
    writer.joined();
    return promise.durable.promise.then(() => row.minTimestamp);
  }

  async #finish(prepared: PreparedTransaction, decision: Decision, outcome: OutcomeRow | undefined): Promise<void> {
    this.#checkDecision(prepared, decision);
    if (decision.committedAt !== undefined) {
      const isUnstamped = prepared.row.stamps !== undefined && decision.stampedBy === undefined;
      // Whose promise it was is known until every shard has applied it. So another leader has done that here, if there is one.
      if (isUnstamped) await this.#parts.writer.confirm();
      this.learn(prepared.transaction, decision.committedAt, decision.stampedBy);
    }
    const attempt = new Attempt({ ...prepared.row, routes: [], readVersions: [], preconditions: [], readTimestamp: 0 });
    if (decision.committedAt !== undefined) {
      for (;;) {
        const obstacle = this.#parts.validator.lookUpWrites(attempt);
        if (obstacle === undefined) break;
        await obstacle;
      }
    }
    await this.#end(prepared, attempt, decision, outcome);
  }

  /**
   * In one turn: the rows join a group and the locks go, so that the next writer of the keys joins behind. But an abort that is made
   * durable here may come to nothing with this leader: where all have prepared, the next one commits. So nobody reads past it before.
   */
  #end(prepared: PreparedTransaction, attempt: Attempt, decision: Decision, outcome: OutcomeRow | undefined): Promise<void> {
    const { changes, conflicts, context, locks, outcomes, rows, validator, writer } = this.#parts;
    const change = prepared.row.rangeChange;
    const olds = decision.committedAt === undefined ? [] : validator.superseded(attempt);
    const group = writer.openFor(rows.sizeOf(prepared.row, olds));
    for (let part = 0; part < prepared.parts; part++) group.delete(partKey(preparedRowKey(prepared.transaction), part));
    if (decision.committedAt !== undefined) {
      rows.add(group, prepared.row, decision.committedAt, olds, true);
      if (change !== undefined) changes.addRows(group, change);
      const { writeConflicts } = prepared.row;
      if (writeConflicts !== undefined) {
        conflicts.add(group, writeConflicts, decision.committedAt, context.clock.last, prepared.transaction);
      }
    }
    if (outcome !== undefined) {
      group.put(outcomeRowKey(outcome.transaction), encodeOutcomeRow(outcome));
      outcomes.recordRow(outcome);
    }
    const isOpen = decision.committedAt === undefined && outcome !== undefined;
    const hurry = prepared.isAwaited || change !== undefined || isOpen;
    if (!isOpen) locks.release(prepared);
    const done = new Promise<void>((resolve, reject) => {
      group.members.push({
        durable: () => {
          this.#parts.prepared.remove(prepared);
          if (isOpen) locks.release(prepared);
          changes.settle(prepared, decision.committedAt !== undefined);
          resolve();
        },
        failed: (error) => {
          if (outcome !== undefined) outcomes.forgetRow(outcome.transaction);
          if (!isOpen) locks.acquire(prepared);
          reject(error);
        },
      });
    });
    writer.joined(!hurry);
    return done;
  }

  /** An outcome of a transaction that is not prepared here. */
  #writeOutcome(outcome: OutcomeRow): Promise<void> {
    const { outcomes, writer } = this.#parts;
    outcomes.recordRow(outcome);
    writer.open.put(outcomeRowKey(outcome.transaction), encodeOutcomeRow(outcome));
    return new Promise<void>((resolve, reject) => {
      writer.open.members.push({
        durable: resolve,
        failed: (error) => {
          outcomes.forgetRow(outcome.transaction);
          reject(error);
        },
      });
      writer.joined();
    });
  }

  #checkDecision(prepared: PreparedTransaction, { committedAt, stampedBy }: Decision): void {
    const facts = { shard: this.#parts.context.id, transactionId: prepared.transaction };
    invariant(
      committedAt === undefined || committedAt >= prepared.row.minTimestamp,
      'a commit is at or above every promise',
      facts,
    );
    invariant(prepared.committedAt === undefined || prepared.committedAt === committedAt, 'a transaction has one outcome', facts);
    const isSame = stampedBy === undefined || prepared.stampedBy === undefined || prepared.stampedBy === stampedBy;
    invariant(isSame, 'a transaction has one stamp', facts);
  }
}

function sumOfBytes(entries: readonly Entry[]): number {
  return entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
}
