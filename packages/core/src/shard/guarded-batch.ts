import { GuardMismatch, isPromise, type MaybePromise, type WriteBatch } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import {
  decodeGuardRow,
  decodeJournalRow,
  encodeGuardRow,
  GUARD_ROW_KEY,
  journalRowKey,
  PartsDecoder,
  rowKeyBytes,
  rowPrefixRange,
  type GuardRow,
} from '../rows/index.js';
import type { ShardContext } from './shard-context.js';
import { sleep } from './sleep.js';
import { SCAN_BYTES_MAX } from './scan-limits.js';

const GUARD_KEY = rowKeyBytes(GUARD_ROW_KEY);

/** How often a batch that was certainly not applied is written again before its commits are refused. */
const ATTEMPTS_MAX = 4;
const BACKOFF_MS = 20;
const BACKOFF_MS_MAX = 1_000;

/** While the shard closes, a dead engine is given up after so many failures. */
const CLOSING_ATTEMPTS_MAX = 6;

export interface GuardedBatchOptions {
  readonly batch: WriteBatch;
  readonly expected: GuardRow;
  readonly next: GuardRow;
  /** Whether the batch has a journal row with commits in it. */
  readonly hasCommits: boolean;
  /** True once waiting for the engine for ever would keep the shard from closing. */
  readonly isClosing: () => boolean;
}

export interface BatchResult {
  readonly applied: boolean;
  /** What the engine's guard holds now. */
  readonly guard: GuardRow;
}

/**
 * One batch of a leader, written until its outcome is known (P4). After a failed write the guard tells: the next sequence
 * means applied; the one before means not applied, and the same batch is written again. A batch that keeps failing is given up
 * only once an empty one has moved the guard past it, so that it cannot arrive late. Another epoch means another leader; then
 * the journal tells whether the batch came first.
 */
export class GuardedBatch {
  readonly #context: ShardContext;
  readonly #batch: WriteBatch;
  readonly #expected: GuardRow;
  readonly #next: GuardRow;
  readonly #hasCommits: boolean;
  readonly #isClosing: () => boolean;
  #isFenced = false;

  constructor(context: ShardContext, { batch, expected, next, hasCommits, isClosing }: GuardedBatchOptions) {
    this.#context = context;
    this.#batch = batch;
    this.#expected = expected;
    this.#next = next;
    this.#hasCommits = hasCommits;
    this.#isClosing = isClosing;
  }

  /** Throws `LeadershipLost` when another leader took over before the batch, `Corruption` when the guard makes no sense. */
  run(): MaybePromise<BatchResult> {
    const applied = { applied: true, guard: this.#next };
    try {
      const write = this.#context.engine.write(this.#batch);
      return isPromise(write)
        ? write.then(
            () => applied,
            (error: unknown) => this.#settle(error),
          )
        : applied;
    } catch (error) {
      return this.#settle(error);
    }
  }

  async #settle(failure: unknown): Promise<BatchResult> {
    let cause = failure;
    for (let attempt = 1; ; attempt++) {
      const guard = await this.#readGuard();
      if (guard.epoch !== this.#expected.epoch || guard.leader !== this.#expected.leader)
        return await this.#leadershipLost(guard, cause);
      if (guard.sequence === this.#next.sequence) return { applied: true, guard };
      if (this.#isFenced && guard.sequence === this.#next.sequence + 1) return { applied: false, guard };
      if (guard.sequence !== this.#expected.sequence) {
        throw new PandaError('Corruption', 'The guard moved without this leader', { shard: this.#context.id, cause });
      }
      if (attempt > 1 || !GuardMismatch.is(cause)) await sleep(this.#context.environment, backoff(attempt));
      try {
        if (attempt < ATTEMPTS_MAX) {
          await this.#context.engine.write(this.#batch);
          return { applied: true, guard: this.#next };
        }
        return await this.#fence();
      } catch (error) {
        cause = error;
      }
      if (attempt >= CLOSING_ATTEMPTS_MAX && this.#isClosing()) throw this.#gaveUp(cause);
    }
  }

  /** Moves the guard past the batch, so that it can never be applied. */
  async #fence(): Promise<BatchResult> {
    this.#isFenced = true;
    const fence = { ...this.#next, sequence: this.#next.sequence + 1 };
    const guard = { key: GUARD_KEY, expected: encodeGuardRow(this.#expected), next: encodeGuardRow(fence) };
    await this.#context.engine.write({ guard });
    return { applied: false, guard: fence };
  }

  /** Reads the guard, as long as it takes: until then nothing can be said to the group's members. */
  async #readGuard(): Promise<GuardRow> {
    for (let attempt = 1; ; attempt++) {
      let row: Uint8Array | undefined;
      try {
        row = (await this.#context.engine.get([GUARD_KEY]))[0];
      } catch (error) {
        if (PandaError.is(error, 'Closed') || PandaError.is(error, 'Corruption')) throw error;
        if (attempt >= CLOSING_ATTEMPTS_MAX && this.#isClosing()) throw this.#gaveUp(error);
        await sleep(this.#context.environment, backoff(attempt));
        continue;
      }
      if (row === undefined) throw new PandaError('Corruption', 'The guard row is gone', { shard: this.#context.id });
      return decodeGuardRow(row);
    }
  }

  #gaveUp(cause: unknown): PandaError {
    return new PandaError('ShardUnavailable', 'The engine did not answer while the shard was closing', {
      shard: this.#context.id,
      cause,
    });
  }

  async #leadershipLost(guard: GuardRow, cause: unknown): Promise<BatchResult> {
    if (this.#hasCommits && guard.sequence >= this.#next.sequence && (await this.#isInJournal())) {
      return { applied: true, guard: this.#next };
    }
    throw new PandaError('LeadershipLost', `Another leader has epoch ${guard.epoch}; this one had ${this.#expected.epoch}`, {
      shard: this.#context.id,
      cause,
    });
  }

  async #isInJournal(): Promise<boolean> {
    const rowKey = journalRowKey(this.#next.sequence);
    const parts = new PartsDecoder();
    let range = rowPrefixRange(rowKey);
    for (;;) {
      const page = await this.#context.engine.scan(range, { limit: 8, maxBytes: SCAN_BYTES_MAX });
      for (const [key, value] of page.entries) {
        const whole = parts.add(Buffer.from(key).toString('latin1'), value);
        if (whole !== undefined) return decodeJournalRow(rowKey, whole.payload).epoch === this.#next.epoch;
      }
      if (page.rest === undefined) return false;
      range = page.rest;
    }
  }
}

function backoff(attempt: number): number {
  return Math.min(BACKOFF_MS * 2 ** (attempt - 1), BACKOFF_MS_MAX);
}
