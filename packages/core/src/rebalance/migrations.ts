import type { MigrationGoal, MigrationRecord, MoveRecord } from '../catalog/index.js';
import type { HybridClock } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { deferred } from '../shard/index.js';
import type { Transaction } from '../transaction/index.js';
import { checkRoom } from './capacity.js';
import { placesOf } from './migrate-ranges.js';
import { beginMigration, refusal } from './migrate-records.js';
import { MigrationRunner, type RunnerParts } from './migrate-runner.js';
import {
  statusOf,
  type MigrationOptions,
  type MigrationStart,
  type MigrationStatus,
  type MirrorState,
} from './migrate-status.js';
import { allMoves, migrationOf, putMigration } from './move-records.js';
import { MoveInterrupted } from './move-run.js';

/**
 * Migrates all ranges of some shards to others, typically of another engine, while clients read and write, and back. There is one
 * migration at a time. It is written down in the database: whoever opens the database goes on with it. What is asked of a migration that
 * is not there, or has not come so far, is refused with `InvalidArgument`, and changes nothing.
 */
export class Migrations {
  readonly #parts: RunnerParts;
  readonly #clock: HybridClock;
  readonly #runner: MigrationRunner;

  /** @internal */
  constructor(parts: RunnerParts, clock: HybridClock) {
    this.#parts = parts;
    this.#clock = clock;
    this.#runner = new MigrationRunner(parts);
  }

  /** @internal Goes on with what an earlier process has left, in the background. */
  resumeSoon(): void {
    this.#runner.wake();
  }

  /** @internal Groups of the journal that are still to be brought, of each range that is kept in step. */
  get lags(): [range: string, lag: number][] {
    return this.#runner.mirrors.map(({ range, state }) => [range, state.lag]);
  }

  /** Begins a migration. Resolves when all ranges of the sources have been copied, or it is paused; they are kept in step from then on. */
  async start({ from, to, bytesPerSecond, ...options }: MigrationStart): Promise<MigrationStatus> {
    checkPlaces(from, to);
    if (bytesPerSecond !== undefined && !(bytesPerSecond > 0)) throw refusal('bytesPerSecond must be a positive number');
    const record: MigrationRecord = {
      id: this.#parts.newId(),
      from: [...from],
      to: [...to],
      goal: 'copy',
      isPaused: false,
      verifiedAt: undefined,
      bytesPerSecond,
    };
    await this.#checkRoom(record);
    await this.#parts.transactions.run((transaction) => beginMigration(transaction, record));
    return await this.#until('follow', options);
  }

  /** How far the migration has come; undefined when there is none. */
  async status(): Promise<MigrationStatus | undefined> {
    const { status } = this.#runner;
    const [record, moves] = await this.#parts.transactions.run(
      async (transaction) => [await migrationOf(transaction), await allMoves(transaction)] as const,
    );
    if (record === undefined) return undefined;
    if (status !== undefined && this.#runner.mirrors.length > 0) return { ...status, isPaused: record.isPaused };
    const own = moves.filter(({ migration }) => migration === record.id);
    return statusOf(record, await Promise.all(own.map((move) => this.#stateOf(record, move))), 0);
  }

  /**
   * Compares both sides of every range at one timestamp, once all are copied. `Corruption` names keys that differ; then the migration can
   * only be cancelled, or reversed if it was switched before.
   */
  async verify(options: MigrationOptions = {}): Promise<MigrationStatus> {
    const { goal, isPaused } = await this.#known();
    if (isPaused) throw refusal('The migration is paused; resume it first');
    await this.#until(goal === 'switch' ? 'switched' : 'follow', options);
    const timestamp = this.#clock.now();
    try {
      for (const mirror of this.#runner.mirrors) {
        options.signal?.throwIfAborted();
        await unlessAborted(mirror.verify(timestamp), options.signal);
        this.#report(options);
      }
    } catch (error) {
      if (error instanceof MoveInterrupted) {
        this.#runner.check();
        throw refusal('The migration was paused meanwhile');
      }
      if (PandaError.is(error, 'Corruption')) await this.#change((record) => ({ ...record, verifiedAt: undefined }));
      throw error;
    }
    await this.#change((record) => ({ ...record, verifiedAt: timestamp }));
    return await this.#until(goal === 'switch' ? 'switched' : 'follow', options);
  }

  /** The destinations serve from now on, and the sources are kept in step. Refused before the copies were verified. */
  async switch(options: MigrationOptions = {}): Promise<MigrationStatus> {
    await this.#change((record) => {
      if (record.verifiedAt === undefined) throw refusal('The copies have not been verified; verify them first');
      return this.#aim(record, 'switch');
    });
    return await this.#until('switched', options);
  }

  /** The sources serve again, with all that was written meanwhile; the destinations are kept in step again. */
  async reverse(options: MigrationOptions = {}): Promise<MigrationStatus> {
    await this.#change(async (record, transaction) => {
      const isSwitched = record.goal === 'switch' || (await switchedOf(record, transaction)).includes(true);
      if (!isSwitched) throw refusal('The migration has not been switched, so there is nothing to reverse');
      return this.#aim(record, 'copy');
    });
    return await this.#until('follow', options);
  }

  /** Stops all work on the migration, in whatever process, until it is resumed. Clients go on where the ranges are now. */
  async pause(): Promise<MigrationStatus> {
    await this.#change((record) => {
      checkNotEnding(record);
      return { ...record, isPaused: true };
    }, false);
    await this.#runner.stop();
    this.#runner.wake();
    return (await this.status())!;
  }

  /** Goes on, and resolves when it has come as far as was wanted last. */
  async resume(options: MigrationOptions = {}): Promise<MigrationStatus> {
    const { goal } = await this.#change((record) => ({ ...record, isPaused: false }));
    if (goal === 'cancel' || goal === 'complete') return await this.#untilEnded(goal, options);
    return await this.#until(goal === 'switch' ? 'switched' : 'follow', options);
  }

  /** Gives the copies up: the sources go on, and what was copied is removed in the background. Refused once it is switched. */
  async cancel(options: MigrationOptions = {}): Promise<void> {
    await this.#end('cancel', options);
  }

  /** Gives the sources up: the destinations go on, and the rows of the sources are removed in the background. */
  async complete(options: MigrationOptions = {}): Promise<void> {
    await this.#end('complete', options);
  }

  /** @internal */
  async close(): Promise<void> {
    await this.#runner.close();
  }

  async #end(goal: 'cancel' | 'complete', options: MigrationOptions): Promise<void> {
    await this.#change(async (record, transaction) => {
      if (record.goal === goal) return record;
      checkNotEnding(record);
      if (goal === 'complete' && record.verifiedAt === undefined)
        throw refusal('The copies have not been verified; verify them first');
      const isSwitched = await switchedOf(record, transaction);
      if (goal === 'complete' && (record.goal !== 'switch' || isSwitched.includes(false))) {
        throw refusal('The destinations do not serve all ranges yet; switch first');
      }
      if (goal === 'cancel' && (record.goal !== 'copy' || isSwitched.includes(true))) {
        throw refusal('The destinations serve ranges already; reverse first');
      }
      return { ...record, goal, isPaused: false };
    });
    await this.#untilEnded(goal, options);
  }

  async #stateOf({ from }: MigrationRecord, move: MoveRecord): Promise<MirrorState> {
    const progress = await this.#parts.transfer(move.to).importOf(move.id);
    const isCopied = move.tailFrom !== undefined || progress?.stage === 'tail';
    return { isCopied, isSwitched: !from.includes(move.from), rows: 0, bytes: 0, bytesEstimated: 0, verified: 0, lag: 0 };
  }

  async #checkRoom(record: MigrationRecord): Promise<void> {
    const { router, transfer, bytesMax } = this.#parts;
    for (const shard of [...record.from, ...record.to]) transfer(shard);
    const places = placesOf(record, router.ranges);
    for (const to of record.to) {
      if (bytesMax(to) === Infinity) continue;
      const coming = router.ranges.filter(({ id }) => places.get(id) === to);
      const parts = coming.map((range) => ({ source: transfer(range.shard), span: range }));
      await checkRoom(transfer(to), bytesMax(to), parts);
    }
  }

  async #known(): Promise<MigrationRecord> {
    const record = await this.#parts.transactions.run(migrationOf);
    if (record === undefined) throw noMigration();
    return record;
  }

  /** Changes the record, and has the work go on by it. */
  async #change(
    change: (record: MigrationRecord, transaction: Transaction) => MigrationRecord | Promise<MigrationRecord>,
    wakes = true,
  ): Promise<MigrationRecord> {
    const changed = await this.#parts.transactions.run(async (transaction) => {
      const record = await migrationOf(transaction);
      if (record === undefined) throw noMigration();
      const next = await change(record, transaction);
      putMigration(transaction, next);
      return next;
    });
    if (wakes) this.#runner.wake();
    return changed;
  }

  #aim(record: MigrationRecord, goal: MigrationGoal): MigrationRecord {
    checkNotEnding(record);
    if (record.isPaused) throw refusal('The migration is paused; resume it first');
    return { ...record, goal };
  }

  /** Resolves when the migration has come to a phase, or is paused. */
  async #until(phase: 'follow' | 'switched', options: MigrationOptions): Promise<MigrationStatus> {
    this.#runner.wake();
    for (;;) {
      await this.#next(options);
      const { status } = this.#runner;
      if (status === undefined) {
        if (!this.#runner.isRunning) throw noMigration();
        continue;
      }
      if (status.isPaused || (status.phase === phase && status.copied === status.ranges)) return status;
      if (status.phase === 'cancel' || status.phase === 'complete') throw refusal('The migration was ended meanwhile');
      if (!this.#runner.isRunning) this.#runner.wake();
    }
  }

  async #untilEnded(goal: 'cancel' | 'complete', options: MigrationOptions): Promise<MigrationStatus> {
    const last = this.#runner.status;
    this.#runner.wake();
    for (;;) {
      await this.#next(options);
      if (this.#runner.status === undefined && !this.#runner.isRunning) break;
    }
    return { ...last!, phase: goal };
  }

  async #next(options: MigrationOptions): Promise<void> {
    options.signal?.throwIfAborted();
    if (this.#runner.isRunning) await unlessAborted(this.#runner.change(), options.signal);
    this.#runner.check();
    this.#report(options);
    options.signal?.throwIfAborted();
  }

  #report({ onProgress }: MigrationOptions): void {
    const { status } = this.#runner;
    if (status !== undefined) onProgress?.(status);
  }
}

/** For each range of the migration, whether a destination serves it. */
async function switchedOf({ id, from }: MigrationRecord, transaction: Transaction): Promise<boolean[]> {
  const moves = (await allMoves(transaction)).filter(({ migration }) => migration === id);
  return moves.map((move) => !from.includes(move.from));
}

/** Whoever waits is let go; what is waited for goes on. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) {
    await work;
    return;
  }
  work.catch(() => undefined);
  const aborted = deferred<void>();
  const abort = (): void => aborted.resolve();
  signal.addEventListener('abort', abort);
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
  signal.throwIfAborted();
}

function checkPlaces(from: readonly string[], to: readonly string[]): void {
  if (from.length === 0 || to.length === 0) throw refusal('A migration needs shards to migrate from, and shards to migrate to');
  const all = [...from, ...to];
  const twice = all.find((shard, at) => all.indexOf(shard) !== at);
  if (twice !== undefined) throw refusal(`The shard '${twice}' is named twice`, twice);
}

function checkNotEnding({ goal }: MigrationRecord): void {
  if (goal === 'cancel' || goal === 'complete')
    throw refusal(`The migration is being ${goal === 'cancel' ? 'cancelled' : 'completed'}`);
}

function noMigration(): PandaError {
  return refusal('No migration is under way');
}
