import type { MigrationRecord } from '../catalog/index.js';
import { PandaError } from '../errors/index.js';
import { deferred, sleep, type Deferred } from '../shard/index.js';
import type { Cleaner } from './cleaner.js';
import { Mirror, type MirrorParts } from './migrate-mirror.js';
import { recordRanges } from './migrate-ranges.js';
import { endMoves } from './migrate-records.js';
import { statusOf, type MigrationStatus } from './migrate-status.js';
import { migrationOf } from './move-records.js';
import { MoveInterrupted } from './move-run.js';

/** How often what was written is brought to the other side, in milliseconds. */
const FOLLOW_MS = 100;
/** How long to wait after a failure, in milliseconds; after others at once, longer. */
const AGAIN_MS = 20;
const AGAIN_MS_MAX = 2_000;
/** Ranges that are worked on at once. */
const RANGES_AT_ONCE = 4;
/** Ranges that one transaction gives up. */
const ENDED_MAX = 256;

export interface RunnerParts extends Omit<MirrorParts, 'isStopping' | 'progressed'> {
  readonly cleaner: Cleaner;
  /** About how many bytes of rows a shard has room for. */
  readonly bytesMax: (shard: string) => number;
}

/**
 * Brings the recorded migration towards its goal, in the background, as long as the database is open: records ranges, copies them, keeps
 * them in step, has them change places. Everything is in the catalog, so whoever opens the database goes on where another stopped.
 */
export class MigrationRunner {
  readonly #parts: RunnerParts;
  #record: MigrationRecord | undefined;
  #mirrors: readonly Mirror[] = [];
  /** The migration that the mirrors belong to. */
  #mirroredId: string | undefined;
  #missing = 0;
  /** The catalog is to be read again. */
  #isStale = true;
  #isStopping = false;
  #isClosing = false;
  #running: Promise<void> | undefined;
  #failure: Error | undefined;
  /** Failures since something went well. */
  #failures = 0;
  #problem: PandaError | undefined;
  #changed: Deferred<void> = deferred<void>();
  #woken: Deferred<void> = deferred<void>();

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Undefined when there is no migration, or it is not known yet. */
  get status(): MigrationStatus | undefined {
    if (this.#record === undefined) return undefined;
    const states = this.#mirrors.map((mirror) => mirror.state);
    return statusOf(this.#record, states, this.#missing, this.#problem);
  }

  get mirrors(): readonly Mirror[] {
    return this.#mirrors;
  }

  /** Goes on in the background, by what the catalog has now. */
  wake(): void {
    this.#isStale = true;
    this.#failure = undefined;
    this.#failures = 0;
    this.#woken.resolve();
    if (this.#isClosing) return;
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
      this.#tell();
      // It was woken on its way out.
      if (this.#isStale && this.#failure === undefined && !this.#isStopping) this.wake();
    });
  }

  /** Stops at the next step, and resolves then; {@link wake} goes on. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#woken.resolve();
    try {
      await this.#running;
    } finally {
      this.#isStopping = false;
    }
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.stop();
    this.#tell();
  }

  /** Resolves when something has come further; throws what the migration has failed of, or that the database is closed. */
  async change(): Promise<void> {
    this.check();
    await this.#changed.promise;
    this.check();
  }

  check(): void {
    if (this.#isClosing) throw new PandaError('Closed', 'The database is closed; the migration goes on when it is opened again');
    if (this.#failure !== undefined) throw this.#failure;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  async #work(): Promise<void> {
    while (!this.#isStopping && !this.#isClosing) {
      this.#woken = deferred<void>();
      try {
        if (this.#isStale) await this.#load();
        if (this.#record !== undefined && !this.#record.isPaused) await this.#round(this.#record);
        else if (!this.#isStale) return;
        this.#failures = 0;
        this.#problem = undefined;
      } catch (error) {
        if (error instanceof MoveInterrupted) continue;
        this.#isStale = true;
        this.#problem = PandaError.is(error) ? error : undefined;
        if (!isForLater(error)) {
          this.#failure = error as Error;
          return;
        }
        this.#failures++;
      }
      this.#tell();
      if (this.#record === undefined) continue;
      await this.#wait(this.#failures === 0 ? FOLLOW_MS : Math.min(AGAIN_MS * 2 ** this.#failures, AGAIN_MS_MAX));
      if (this.#missing > 0) this.#isStale = true;
    }
  }

  /** Reads the catalog. */
  async #load(): Promise<void> {
    this.#isStale = false;
    const record = await this.#parts.transactions.run(migrationOf);
    this.#record = record;
    if (record === undefined || record.id !== this.#mirroredId) this.#mirrors = [];
    this.#mirroredId = record?.id;
    this.#missing = 0;
    if (record === undefined || record.isPaused || record.goal === 'cancel' || record.goal === 'complete') return;
    const { moves, missing } = await recordRanges(this.#parts, record);
    this.#missing = missing;
    const parts: MirrorParts = {
      ...this.#parts,
      isStopping: () => this.#isStopping || this.#isClosing,
      progressed: () => this.#tell(),
    };
    const known = new Map(this.#mirrors.map((mirror) => [mirror.range, mirror]));
    this.#mirrors = moves.map((move) => known.get(move.range) ?? new Mirror(parts, record, move));
  }

  async #round(record: MigrationRecord): Promise<void> {
    if (record.goal === 'cancel' || record.goal === 'complete') {
      while (!(await this.#parts.transactions.run((transaction) => endMoves(transaction, record, ENDED_MAX))));
      this.#record = undefined;
      this.#isStale = true;
      this.#parts.cleaner.cleanSoon();
      return;
    }
    const isToBeSwitched = record.goal === 'switch';
    await this.#each(async (mirror) => {
      if (mirror.isSwitched === isToBeSwitched) await mirror.keepInStep();
      else await mirror.turn();
    });
  }

  /** All mirrors, some at once. What fails of one, all others have tried as well. */
  async #each(work: (mirror: Mirror) => Promise<void>): Promise<void> {
    const waiting = [...this.#mirrors];
    const errors: unknown[] = [];
    const worker = async (): Promise<void> => {
      for (let mirror = waiting.shift(); mirror !== undefined; mirror = waiting.shift()) {
        try {
          await work(mirror);
        } catch (error) {
          errors.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: RANGES_AT_ONCE }, worker));
    if (errors.length > 0) throw errors.find((error) => !isForLater(error)) ?? errors[0];
  }

  async #wait(ms: number): Promise<void> {
    await Promise.race([sleep(this.#parts.environment, ms), this.#woken.promise]);
  }

  #tell(): void {
    const changed = this.#changed;
    this.#changed = deferred<void>();
    changed.resolve();
  }
}

function isForLater(error: unknown): boolean {
  if (error instanceof MoveInterrupted) return true;
  return PandaError.is(error) && (error.retryable || error.code === 'DeadlineExceeded' || error.code === 'CommitUnknown');
}
