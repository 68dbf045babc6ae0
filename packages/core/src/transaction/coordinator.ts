import type { Router } from '../catalog/index.js';
import { wallTimeOf, type Environment, type HybridClock, type Timestamp } from '../clock/index.js';
import { invariant, PandaError, type ErrorCode } from '../errors/index.js';
import { commitmentBy, sleep, transactionOf, type Commitment, type Decision } from '../shard/index.js';
import { planCommit, prepareOf, spansOf, type CommitWork, type Participation } from './commit-plan.js';
import { Deadlines } from './deadlines.js';
import type { Statistics } from './statistics.js';

/** How long after its expiry a commit may still be in the hands of an engine before its outcome is called unknown. */
const GRACE_MS = 2_000;

/** Pauses between questions to an anchor that cannot be had. */
const ASK_AGAIN_MS = 5;
const ASK_AGAIN_MS_MAX = 500;

/** Failures of a prepare that leave open whether it is durable. */
const OPEN_FAILURES: readonly ErrorCode[] = ['LeadershipLost', 'ShardUnavailable', 'CommitUnknown', 'Corruption', 'Closed'];

/** A commit under way, and where it was sent. */
interface Sent {
  readonly work: CommitWork;
  readonly plan: readonly Participation[];
}

export interface CoordinatorParts {
  readonly environment: Environment;
  readonly clock: HybridClock;
  readonly router: Router;
  readonly statistics: Statistics;
}

/**
 * Commits transactions: on one shard with one message, on several with one round of parallel prepares, answered when all have
 * promised (P5); what is left to do then happens behind the answer (docs/protocol/cross-shard-commit.md).
 */
export class Coordinator {
  readonly #parts: CoordinatorParts;
  readonly #deadlines: Deadlines<Timestamp, Sent>;
  /** Transactions of this process that have not ended, with how many hold them open: attempts, and those who run attempts. */
  readonly #active = new Map<string, number>();
  readonly #background = new Set<Promise<void>>();
  #closed = false;

  constructor(parts: CoordinatorParts) {
    this.#parts = parts;
    const { clock, environment, statistics } = parts;
    this.#deadlines = new Deadlines(environment, {
      onResult: (timestamp, { plan }) => {
        clock.advance(timestamp);
        statistics.committed(plan.length);
      },
      onTimeout: ({ work }) => commitUnknown(work.transaction),
      onRefusal: (error, { work, plan }) =>
        PandaError.is(error, 'RangeMoved') ? this.#commitAgain(error, work, plan) : undefined,
      onFailure: (failure, { work }) => work.afterFailure?.(failure),
    });
  }

  begun(transactionId: string): void {
    this.#active.set(transactionId, (this.#active.get(transactionId) ?? 0) + 1);
  }

  ended(transactionId: string): void {
    const holders = (this.#active.get(transactionId) ?? 1) - 1;
    if (holders === 0) this.#active.delete(transactionId);
    else this.#active.set(transactionId, holders);
  }

  isActive(transactionId: string): boolean {
    return this.#active.has(transactionOf(transactionId));
  }

  checkOpen(): void {
    if (this.#closed) throw new PandaError('Closed', 'The database is closed');
  }

  /** Commits; answers the commit timestamp. `CommitUnknown` only where nobody could tell the outcome in time. */
  commit(work: CommitWork): Promise<Timestamp> {
    try {
      this.checkOpen();
      const plan = planCommit(this.#parts.router, work);
      const first = plan[0];
      invariant(first !== undefined, 'a commit touches a shard', { transactionId: work.transaction });
      work.stampedBy?.(plan.length === 1 ? first.shard.id : undefined);
      const commit = plan.length === 1 ? first.shard.commit(first.request) : this.#commitMany(work, plan);
      return this.#deadlines.race(commit, wallTimeOf(work.expiry) + GRACE_MS, { work, plan });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * After a refusal that says that nothing was committed: once it is known where the ranges are now, the same attempt goes there. But
   * where others had prepared, the attempt is aborted, and only another one can commit.
   */
  async #commitAgain(refusal: PandaError, work: CommitWork, refusedPlan: readonly Participation[]): Promise<Timestamp> {
    let error: unknown = refusal;
    let plan = refusedPlan;
    for (let refusals = 1; PandaError.is(error, 'RangeMoved'); refusals++) {
      await this.#parts.router.healAll(error, spansOf(this.#parts.router, work), refusals);
      if (plan.length > 1) throw error;
      plan = planCommit(this.#parts.router, work);
      work.stampedBy?.(plan.length === 1 ? plan[0]!.shard.id : undefined);
      try {
        return await (plan.length === 1 ? plan[0]!.shard.commit(plan[0]!.request) : this.#commitMany(work, plan));
      } catch (again) {
        error = again;
      }
    }
    throw error;
  }

  async #commitMany(work: CommitWork, plan: readonly Participation[]): Promise<Timestamp> {
    const participants = plan.map(({ shard }) => shard.id);
    const anchor = participants[0]!;
    const prepares = plan.map(({ shard, request }) => shard.prepare(prepareOf(request, anchor, participants)));
    let decision: Commitment;
    try {
      decision = commitmentBy(participants, await Promise.all(prepares));
      this.#parts.clock.observe(decision.committedAt);
    } catch (error) {
      return await this.#notAllPrepared(work, plan, prepares, error);
    }
    const { committedAt, stampedBy } = decision;
    if (work.stamps === undefined) decision = { committedAt };
    else work.stampedBy?.(stampedBy);
    for (const { shard } of plan) shard.learn(work.transaction, committedAt, decision.stampedBy);
    this.#behind(this.#turn().then(() => this.#finish(work.transaction, plan, decision)));
    return committedAt;
  }

  /** Resolves in a later turn, so that the caller has its answer before what is left to do takes this thread. */
  #turn(): Promise<void> {
    return new Promise((resolve) => this.#parts.environment.defer(resolve));
  }

  /** The anchor's outcome becomes durable before any other participant gives up its prepared row. */
  async #finish(transaction: string, plan: readonly Participation[], decision: Decision): Promise<Decision> {
    const [anchor, ...others] = plan.map(({ shard }) => shard);
    const participants = plan.map(({ shard }) => shard.id);
    const stands = await anchor!.decide({ transaction, decision, participants });
    this.#behind(
      Promise.all(others.map((shard) => shard.apply(transaction, stands))).then(() =>
        anchor!.forget(
          transaction,
          others.map(({ id }) => id),
        ),
      ),
    );
    return stands;
  }

  /** A refusal aborts; a participant that gave no answer is not a refusal: then the outcome is found out by recovery. */
  async #notAllPrepared(
    work: CommitWork,
    plan: readonly Participation[],
    prepares: readonly Promise<Timestamp>[],
    failure: unknown,
  ): Promise<Timestamp> {
    const { transaction } = work;
    const isOpen = !PandaError.is(failure) || OPEN_FAILURES.includes(failure.code);
    const anchor = plan[0]!.shard;
    const participants = plan.map(({ shard }) => shard.id);
    const stands = await this.#untilKnown(work, () =>
      isOpen
        ? anchor.resolve({ transaction, participants })
        : anchor.decide({ transaction, decision: {}, participants, expiry: work.expiry }),
    );
    if (stands.committedAt !== undefined) {
      work.stampedBy?.(stands.stampedBy);
      return stands.committedAt;
    }
    this.#behind(this.#tellAbort(transaction, plan, prepares));
    throw failure;
  }

  /** Asks the anchor again while it cannot be had, for as long as the caller waits: only then is the outcome unknown. */
  async #untilKnown({ transaction, expiry }: CommitWork, ask: () => Promise<Decision>): Promise<Decision> {
    const { environment } = this.#parts;
    for (let attempt = 1; ; attempt++) {
      try {
        return await ask();
      } catch (cause) {
        const mayPass = PandaError.is(cause, 'ShardUnavailable') || PandaError.is(cause, 'Overloaded');
        if (!mayPass || this.#closed || environment.now() >= wallTimeOf(expiry)) throw commitUnknown(transaction, cause);
        await sleep(environment, Math.min(ASK_AGAIN_MS * 2 ** attempt, ASK_AGAIN_MS_MAX));
      }
    }
  }

  /** Only once every prepare has ended, so that none comes after the abort and waits for recovery. */
  async #tellAbort(transaction: string, plan: readonly Participation[], prepares: readonly Promise<Timestamp>[]): Promise<void> {
    await Promise.allSettled(prepares);
    const [anchor, ...others] = plan.map(({ shard }) => shard);
    await Promise.all(others.map((shard) => shard.apply(transaction, {})));
    anchor!.forget(
      transaction,
      others.map(({ id }) => id),
    );
  }

  /** Work that nobody waits for. What fails here is finished by the shards' sweepers. */
  #behind(work: Promise<unknown>): void {
    const tracked: Promise<void> = work.then(
      () => undefined,
      () => undefined,
    );
    this.#background.add(tracked);
    void tracked.then(() => this.#background.delete(tracked));
  }

  /** Takes nothing new; resolves when the commits under way are answered and what goes on behind answers has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#deadlines.settled();
    while (this.#background.size > 0) await Promise.all(this.#background);
  }
}

function commitUnknown(transaction: string, cause?: unknown): PandaError {
  return new PandaError('CommitUnknown', 'The outcome of the commit could not be learnt in time; look it up by its id', {
    transactionId: transactionOf(transaction),
    cause,
  });
}
