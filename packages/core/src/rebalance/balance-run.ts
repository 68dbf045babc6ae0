import type { Member, MoveRecord } from '../catalog/index.js';
import type { Environment } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import type { Key, Span } from '../keys/index.js';
import type { CommitSample } from '../shard/index.js';
import type { BalanceOptions, BalancePhase } from './balance-options.js';
import type { BalancePlan, PlannedMove } from './balance-plan.js';
import { LatencyPace } from './latency-pace.js';
import type { MoveProgress } from './move-progress.js';
import type { PacedMoveOptions } from './move-run.js';

const LATENCY_FACTOR_MAX = 2;

/** The changes that a plan is carried out by, one at a time. */
export interface RangeChanges {
  split(key: Key): Promise<void>;
  merge(key: Key): Promise<void>;
  move(span: Span, to: string, options: PacedMoveOptions): Promise<void>;
  resume(range: string, options: PacedMoveOptions): Promise<void>;
  members(): Promise<Member[]>;
  /** Those of a migration too. */
  allMoves(): Promise<MoveRecord[]>;
  cleaned(): Promise<void>;
}

/** What a balance has done. */
export interface MovedByBalance {
  readonly ranges: number;
  readonly rows: number;
  readonly bytes: number;
  /** Steps that could not be taken as planned, since somebody else has changed the ranges meanwhile. */
  readonly refused: number;
}

export interface BalanceRunParts {
  readonly environment: Environment;
  readonly changes: RangeChanges;
  readonly commits: () => Promise<readonly CommitSample[]>;
}

/** Carries plans out, step by step. Each step stands by itself: whoever is cut off plans again, from what is there then. */
export class BalanceRun {
  readonly #changes: RangeChanges;
  readonly #options: BalanceOptions;
  readonly #pace: LatencyPace;
  readonly #isClosing: () => boolean;
  #planned = { moves: 0, bytes: 0 };
  #moved = 0;
  /** By range, what was copied of the moves that have not ended. */
  readonly #copied = new Map<string, number>();
  #total = { ranges: 0, rows: 0, bytes: 0, refused: 0 };

  constructor({ environment, changes, commits }: BalanceRunParts, options: BalanceOptions, isClosing: () => boolean) {
    this.#changes = changes;
    this.#options = options;
    this.#isClosing = isClosing;
    const { latencyFactorMax = LATENCY_FACTOR_MAX, signal } = options;
    this.#pace = new LatencyPace(environment, commits, latencyFactorMax, () => isClosing() || signal?.aborted === true);
  }

  get total(): MovedByBalance {
    return { ...this.#total };
  }

  /** Goes on with moves that were cut off. */
  async begin(): Promise<void> {
    await this.#pace.begin();
    for (const { range, migration } of await this.#changes.allMoves()) {
      this.#check();
      if (migration === undefined) await this.#unlessRefused(() => this.#changes.resume(range, this.#moveOptions));
    }
  }

  planning(): void {
    this.#check();
    this.#report('plan');
  }

  async carryOut({ splits, moves, merges }: BalancePlan): Promise<void> {
    this.#planned = { moves: this.#moved + moves.length, bytes: this.#total.bytes + sumOf(moves) };
    await this.#each('split', splits, (key) => this.#changes.split(key));
    await this.#moveAll(moves);
    await this.#each('merge', merges, (key) => this.#changes.merge(key));
  }

  async end(): Promise<void> {
    this.#report('clean');
    await this.#changes.cleaned();
    this.#report('done');
  }

  async #each<T>(phase: BalancePhase, steps: readonly T[], take: (step: T) => Promise<void>): Promise<void> {
    for (const step of steps) {
      this.#check();
      this.#report(phase);
      await this.#unlessRefused(() => take(step));
    }
  }

  /** Some at once. When one fails, no other is begun, and those under way are waited for. */
  async #moveAll(moves: readonly PlannedMove[]): Promise<void> {
    const left = [...moves];
    const lane = async (): Promise<void> => {
      for (let move = left.shift(); move !== undefined; move = left.shift()) {
        this.#check();
        const { to } = move;
        const span = { start: move.start, end: move.end };
        await this.#unlessRefused(() => this.#changes.move(span, to, this.#moveOptions));
        this.#moved++;
      }
    };
    const lanes = await Promise.allSettled(
      Array.from({ length: this.#movesAtOnce }, () =>
        lane().catch((error: unknown) => {
          left.length = 0;
          throw error;
        }),
      ),
    );
    for (const result of lanes) if (result.status === 'rejected') throw result.reason;
  }

  /** What others have changed meanwhile is planned anew the next time. */
  async #unlessRefused(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!PandaError.is(error, 'InvalidArgument') || this.#options.signal?.aborted === true) throw error;
      this.#total.refused++;
    }
  }

  get #movesAtOnce(): number {
    return this.#options.movesAtOnce ?? 1;
  }

  get #moveOptions(): PacedMoveOptions {
    const { signal, bytesPerSecond, pauseBudgetMs } = this.#options;
    return {
      ...(signal === undefined ? {} : { signal }),
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond: bytesPerSecond / this.#movesAtOnce }),
      ...(pauseBudgetMs === undefined ? {} : { pauseBudgetMs }),
      onProgress: (progress) => this.#stepped(progress),
      pace: () => this.#pace.wait(),
    };
  }

  #stepped(move: MoveProgress): void {
    const { range, phase, rows, bytes } = move;
    if (phase === 'done') {
      this.#copied.delete(range);
      const { ranges, rows: before, bytes: bytesBefore, refused } = this.#total;
      this.#total = { ranges: ranges + 1, rows: before + rows, bytes: bytesBefore + bytes, refused };
    } else this.#copied.set(range, bytes);
    this.#report('move', move);
  }

  #report(phase: BalancePhase, move?: MoveProgress): void {
    const copied = [...this.#copied.values()].reduce((sum, bytes) => sum + bytes, 0);
    this.#options.onProgress?.({
      phase,
      moves: this.#planned.moves,
      moved: this.#moved,
      bytesPlanned: this.#planned.bytes,
      bytes: this.#total.bytes + copied,
      isPaused: this.#pace.isPaused,
      move,
    });
  }

  #check(): void {
    this.#options.signal?.throwIfAborted();
    if (this.#isClosing()) throw new PandaError('Closed', 'The database is closed');
  }
}

function sumOf(moves: readonly PlannedMove[]): number {
  return moves.reduce((sum, { bytes }) => sum + bytes, 0);
}
