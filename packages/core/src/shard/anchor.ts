import { TICKS_PER_MS, type Timestamp } from '../clock/index.js';
import { invariant, PandaError } from '../errors/index.js';
import type { OutcomeRow } from '../rows/index.js';
import type { CommittedAttempt } from './commit-log.js';
import type { Committer } from './committer.js';
import type { GroupWriter } from './group-writer.js';
import type { JournalReader } from './journal-reader.js';
import type { Outcomes } from './outcomes.js';
import { removeOutcomeRow } from './remove-outcome-row.js';
import type { Participant } from './participant.js';
import type { PreparedTransaction } from './prepared-transaction.js';
import type { PreparedTransactions } from './prepared-transactions.js';
import type { ShardContext } from './shard-context.js';
import { commitmentBy } from './commitment.js';
import type { Commitment, Decision, DecideRequest, Finding, ResolveRequest, Vote } from './shard.js';
import { fenceOf, transactionOf } from './transaction-id.js';

export interface AnchorParts {
  readonly context: ShardContext;
  readonly participant: Participant;
  readonly committer: Committer;
  readonly prepared: PreparedTransactions;
  readonly outcomes: Outcomes;
  readonly journal: JournalReader;
  readonly writer: GroupWriter;
}

/**
 * Outcomes of cross-shard transactions: makes them durable at the anchor, finds them out where the coordinator is gone, and
 * keeps them until everybody has heard. Every step can be repeated and run by two at once (docs/protocol/recovery.md).
 */
export class Anchor {
  readonly #parts: AnchorParts;
  readonly #deciding = new Map<string, Promise<Decision>>();

  constructor(parts: AnchorParts) {
    this.#parts = parts;
  }

  /** Makes an outcome durable. The first one stands: a later, different wish is answered with it. */
  async decide(request: DecideRequest): Promise<Decision> {
    const { transaction } = request;
    let standing = this.#standing(transaction);
    if (standing === undefined && this.#parts.prepared.get(transaction) === undefined) {
      const commit = await this.#searchJournal(transaction);
      standing = commit === undefined ? this.#standing(transaction) : outcomeBy(commit, transaction);
    }
    if (standing !== undefined) return await standing;
    const prepared = this.#parts.prepared.get(transaction);
    // Whoever asks for a commit says that it is prepared here. It is by another leader, if there is one: then this write is refused.
    if (prepared === undefined && request.decision.committedAt !== undefined) await this.#parts.writer.confirm();
    // Readers have gone on with a commit that is known, durable or not.
    const known = prepared?.committedAt;
    if (known === undefined) return await this.#decideNow(request);
    return await this.#decideNow({ ...request, decision: commitmentOf(known, prepared?.stampedBy) });
  }

  /** Records the decision in this turn; resolves when it is durable. */
  async #decideNow(request: DecideRequest): Promise<Decision> {
    const deciding = this.#decide(request).finally(() => this.#deciding.delete(request.transaction));
    this.#deciding.set(request.transaction, deciding);
    return await deciding;
  }

  async #decide({ transaction, decision, participants, expiry }: DecideRequest): Promise<Decision> {
    const { context, participant } = this.#parts;
    const { clock, settings } = context;
    const outcome: OutcomeRow = {
      transaction,
      committedAt: decision.committedAt,
      stampedBy: decision.stampedBy,
      unheard: participants.filter((id) => id !== context.id),
      keepUntil:
        expiry === undefined
          ? clock.now() + settings.outcomeRetentionMs * TICKS_PER_MS
          : expiry + settings.maxClockOffsetMs * TICKS_PER_MS,
    };
    await participant.apply(transaction, decision, outcome);
    return decision;
  }

  /** The outcome that stands or is about to, if there is one. */
  #standing(transaction: string): Promise<Decision> | Decision | undefined {
    const deciding = this.#deciding.get(transaction);
    if (deciding !== undefined) return deciding;
    const { outcomes } = this.#parts;
    const row = outcomes.rows.get(transaction);
    if (row !== undefined) return row;
    const commit = outcomes.commitOf(transaction);
    return commit && outcomeBy(commit, transaction);
  }

  /** Participants have applied the outcome; a commit that all have applied needs its row no longer, the journal has it. */
  forget(transaction: string, participants: readonly string[]): void {
    const { outcomes, writer } = this.#parts;
    const row = outcomes.rows.get(transaction);
    if (row === undefined) return;
    const unheard = row.unheard.filter((id) => !participants.includes(id));
    if (unheard.length === 0 && row.committedAt !== undefined) {
      removeOutcomeRow(outcomes, writer, { ...row, unheard });
    } else {
      outcomes.recordRow({ ...row, unheard });
    }
  }

  /** This shard's vote in a recovery. One that has not prepared refuses from now on, durably, so that none can come late. */
  async vote(transaction: string): Promise<Vote> {
    let searched = this.#parts.outcomes.remembers(transaction);
    for (;;) {
      const prepared = this.#parts.prepared.get(transaction);
      if (prepared !== undefined) {
        if (prepared.committedAt !== undefined) return voteOf(prepared);
        await (prepared.applying ?? prepared.durable.promise);
        if (prepared.applying === undefined) return voteOf(prepared);
        continue;
      }
      const standing = this.#standing(transaction);
      if (standing !== undefined) return toVote(await standing);
      if (this.#parts.outcomes.isAborted(transaction)) return await this.#aborted(transaction);
      if (searched) return toVote(await this.#decideNow({ transaction, decision: {}, participants: [] }));
      const commit = await this.#searchJournal(transaction);
      if (commit !== undefined) return toVote(outcomeBy(commit, transaction));
      searched = true;
    }
  }

  /** The outcome, found out by asking all participants where it is not known yet; all prepared means committed (P5). */
  async resolve({ transaction, participants }: ResolveRequest): Promise<Decision> {
    const known = await this.#standing(transaction);
    if (known !== undefined) return known;
    invariant(participants.includes(this.#parts.context.id), 'the anchor is a participant', { transactionId: transaction });
    const votes = await Promise.all(participants.map((id) => this.#ask(id, transaction)));
    const decision = decisionOf(votes, participants);
    // While others were asked, an abort may have been made here, and have been kept for long enough.
    const isForgotten = decision.committedAt !== undefined && (await this.#isUnknown(transaction));
    const stands = isForgotten ? {} : await this.decide({ transaction, decision, participants });
    await this.tell(transaction, stands, participants);
    return stands;
  }

  async #isUnknown(transaction: string): Promise<boolean> {
    const isOpen = this.#parts.prepared.get(transaction) !== undefined || this.#standing(transaction) !== undefined;
    return !isOpen && (await this.#searchJournal(transaction)) === undefined;
  }

  /** Tells the participants an outcome that is durable here, and forgets those that have applied it. */
  async tell(transaction: string, decision: Decision, participants: readonly string[]): Promise<void> {
    await this.#deciding.get(transaction);
    const { context } = this.#parts;
    const others = participants.filter((id) => id !== context.id);
    const heard = await Promise.all(others.map((id) => this.#tellOne(id, transaction, decision)));
    this.forget(
      transaction,
      others.filter((_, at) => heard[at]),
    );
  }

  /** A participant that cannot be reached is told again by the sweeper. */
  async #tellOne(id: string, transaction: string, decision: Decision): Promise<boolean> {
    try {
      const peer = this.#parts.context.peer(id);
      await peer?.apply(transaction, decision);
      return peer !== undefined;
    } catch {
      return false;
    }
  }

  async #ask(id: string, transaction: string): Promise<Vote> {
    if (id === this.#parts.context.id) return await this.vote(transaction);
    const peer = this.#parts.context.peer(id);
    try {
      if (peer !== undefined) return await peer.vote(transaction);
    } catch (cause) {
      throw new PandaError('ShardUnavailable', `Shard ${id} did not give its vote`, { shard: id, cause });
    }
    throw new PandaError('ShardUnavailable', `Shard ${id} cannot be asked for its vote`, { shard: id });
  }

  /** What is known of any attempt of a transaction. */
  async find(transactionId: string): Promise<Finding> {
    const { outcomes, committer } = this.#parts;
    const id = transactionOf(transactionId);
    await committer.settledOf(id);
    const prepared = this.#preparedOf(id);
    if (prepared !== undefined) return voteOf(prepared);
    const row = [...outcomes.rows.values()].find(
      (candidate) => candidate.committedAt !== undefined && transactionOf(candidate.transaction) === id,
    );
    const committedAt = row?.committedAt ?? (await this.#searchJournal(id))?.timestamp;
    if (committedAt !== undefined) return { state: 'committed', committedAt };
    if (outcomes.isAborted(id)) return await this.#aborted(id);
    return { state: this.#parts.journal.reachesTo(id) ? 'none' : 'forgotten' };
  }

  /** The answer that an attempt is aborted, or its whole transaction, once that is durable: until then it may be given up. */
  async #aborted(transaction: string): Promise<{ readonly state: 'aborted' }> {
    await Promise.all([this.#deciding.get(transaction), this.#deciding.get(transactionOf(transaction))]);
    return { state: 'aborted' };
  }

  /** Refuses every attempt of a transaction from now on, or those of runs before one, unless one is prepared or committed. */
  async forbid(transactionId: string, beforeRun?: Timestamp): Promise<Finding> {
    const transaction = transactionOf(transactionId);
    for (;;) {
      const found = await this.find(transaction);
      if (found.state !== 'none') return found;
      // Something may have come while it searched: from this look to the record of the decision nothing awaits.
      if (this.#parts.committer.isInFlight(transaction) || this.#preparedOf(transaction) !== undefined) continue;
      const standing = this.#standing(transaction);
      if (standing !== undefined) return toVote(await standing);
      if (beforeRun === undefined) return toVote(await this.#decideNow({ transaction, decision: {}, participants: [] }));
      await this.#fence(fenceOf(transaction, beforeRun));
      return found;
    }
  }

  /** Once: a second row in place of one that stands would take it along if it were given up. */
  async #fence(fence: string): Promise<void> {
    const deciding = this.#deciding.get(fence);
    if (deciding !== undefined) await deciding;
    else if (!this.#parts.outcomes.rows.has(fence)) await this.#decideNow({ transaction: fence, decision: {}, participants: [] });
  }

  #preparedOf(id: string): PreparedTransaction | undefined {
    return this.#parts.prepared.all().find((candidate) => transactionOf(candidate.transaction) === id);
  }

  /** The commit of any attempt of a transaction. */
  async #searchJournal(transaction: string): Promise<CommittedAttempt | undefined> {
    const { outcomes, journal, writer } = this.#parts;
    const remembered = outcomes.commitOf(transaction);
    if (remembered !== undefined || outcomes.remembers(transaction)) return remembered;
    return await journal.findCommit(transaction, writer.guard.sequence);
  }
}

/** What the commit of an attempt says of another one, or of its transaction: where one attempt has committed, no other one has. */
function outcomeBy({ attempt, timestamp }: CommittedAttempt, transaction: string): Decision {
  const isOther = attempt !== transaction && transaction !== transactionOf(attempt);
  return isOther ? {} : { committedAt: timestamp };
}

/** All prepared means committed at the greatest promise; one that knows better has the word; else aborted. */
function decisionOf(votes: readonly Vote[], participants: readonly string[]): Decision {
  const promised: Timestamp[] = [];
  let isStamped = false;
  for (const vote of votes) {
    if (vote.state === 'committed') return commitmentOf(vote.committedAt, vote.stampedBy);
    if (vote.state !== 'prepared') continue;
    promised.push(vote.minTimestamp);
    isStamped ||= vote.isStamped === true;
  }
  if (promised.length < votes.length) return {};
  const { committedAt, stampedBy } = commitmentBy(participants, promised);
  return isStamped ? { committedAt, stampedBy } : { committedAt };
}

function commitmentOf(committedAt: Timestamp, stampedBy: string | undefined): Commitment {
  return stampedBy === undefined ? { committedAt } : { committedAt, stampedBy };
}

function voteOf({ committedAt, stampedBy, transaction, row }: PreparedTransaction): Vote {
  if (committedAt !== undefined) return { state: 'committed', ...commitmentOf(committedAt, stampedBy) };
  const { anchor, minTimestamp, participants, stamps } = row;
  const vote = { state: 'prepared', transaction, minTimestamp, anchor, participants } as const;
  return stamps === undefined ? vote : { ...vote, isStamped: true };
}

function toVote({ committedAt, stampedBy }: Decision): Vote {
  return committedAt === undefined ? { state: 'aborted' } : { state: 'committed', ...commitmentOf(committedAt, stampedBy) };
}
