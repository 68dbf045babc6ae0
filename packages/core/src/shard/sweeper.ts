import type { Timer } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import type { Anchor } from './anchor.js';
import type { GroupWriter } from './group-writer.js';
import type { Outcomes } from './outcomes.js';
import type { Participant } from './participant.js';
import type { PreparedTransaction } from './prepared-transaction.js';
import type { PreparedTransactions } from './prepared-transactions.js';
import { removeOutcomeRow } from './remove-outcome-row.js';
import type { ShardContext } from './shard-context.js';
import type { Decision, ResolveRequest, Shard } from './shard.js';

export interface SweeperParts {
  readonly context: ShardContext;
  readonly anchor: Anchor;
  readonly participant: Participant;
  readonly prepared: PreparedTransactions;
  readonly outcomes: Outcomes;
  readonly writer: GroupWriter;
  /** Looks at a failure, and stops the leader when it is a broken invariant. */
  readonly judge: (error: unknown) => Error;
}

/**
 * Finishes what coordinators left behind: resolves transactions that stay prepared for longer than the patience, tells outcomes
 * again to those who have not heard them, and forgets aborts that nothing can meet any more. Sleeps while there is nothing.
 */
export class Sweeper {
  readonly #parts: SweeperParts;
  /** Outcomes seen unheard in the sweep before this one. */
  #unheard = new Set<string>();
  #timer: Timer | undefined;
  #stopped = false;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
  }

  /** Makes sure that a sweep comes. Called whenever something was prepared or decided. */
  wake(): void {
    if (this.#stopped || this.#timer !== undefined) return;
    const { environment, settings } = this.#parts.context;
    const sweep = () => {
      this.#timer = undefined;
      void this.sweep().then(
        () => this.#again(),
        (error: unknown) => this.#parts.judge(error),
      );
    };
    this.#timer = environment.setTimer(settings.patienceMs / 2, sweep, { background: this.#parts.prepared.size === 0 });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** One round. `force`: whatever its age. */
  async sweep(force = false): Promise<void> {
    const { context, outcomes, prepared } = this.#parts;
    const oldest = context.environment.now() - context.settings.patienceMs;
    const overdue = prepared.all().filter((candidate) => force || candidate.preparedAtMs <= oldest);
    const unheard = [...outcomes.rows.values()].filter((row) => row.committedAt !== undefined || row.unheard.length > 0);
    const tell = unheard.filter((row) => force || this.#unheard.has(row.transaction));
    this.#unheard = new Set(unheard.map((row) => row.transaction));
    await Promise.all([
      ...overdue.map((candidate) => this.#tolerate(this.#resolve(candidate), force)),
      ...tell.map((row) => this.#tolerate(this.#parts.anchor.tell(row.transaction, row, row.unheard), force)),
    ]);
    this.#forgetAborts();
  }

  #again(): void {
    if (this.#parts.prepared.size > 0 || this.#parts.outcomes.rows.size > 0) this.wake();
  }

  async #resolve(prepared: PreparedTransaction): Promise<void> {
    const { context, anchor, participant } = this.#parts;
    const { transaction, row } = prepared;
    const request = { transaction, participants: row.participants };
    const home = row.anchor === context.id ? anchor : context.peer(row.anchor);
    if (home === undefined)
      throw new PandaError('ShardUnavailable', `Shard ${row.anchor} cannot be asked`, { shard: row.anchor });
    const decision = await this.#ask(home, request);
    if (row.anchor === context.id) await anchor.tell(transaction, decision, row.participants);
    await participant.apply(transaction, decision);
  }

  /** What is wrong with another shard is not wrong with this one. */
  async #ask(home: Pick<Shard, 'resolve'>, request: ResolveRequest): Promise<Decision> {
    if (home === this.#parts.anchor) return await home.resolve(request);
    try {
      return await home.resolve(request);
    } catch (cause) {
      throw new PandaError('ShardUnavailable', 'The anchor did not tell the outcome', { shard: this.#parts.context.id, cause });
    }
  }

  /** What fails now is tried in the next sweep, unless it was asked for, or nothing will ever succeed here. */
  async #tolerate(work: Promise<void>, force: boolean): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (force || PandaError.is(error, 'Corruption') || PandaError.is(error, 'LeadershipLost')) throw error;
    }
  }

  #forgetAborts(): void {
    const { context, outcomes, writer } = this.#parts;
    // Not the last reading, which stands still on a shard that nobody uses.
    const now = context.clock.now();
    for (const row of [...outcomes.rows.values()]) {
      if (row.committedAt !== undefined || row.keepUntil > now) continue;
      removeOutcomeRow(outcomes, writer, row);
    }
  }
}
