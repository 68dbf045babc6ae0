import type { MoveRecord } from '../catalog/index.js';
import type { Environment } from '../clock/index.js';
import { invariant } from '../errors/index.js';
import type { ImportRow, RangeRoute, RangeTransfer } from '../shard/index.js';
import { Courtesy } from './courtesy.js';
import { FollowPace } from './follow-pace.js';
import type { MoveOptions, MovePhase, MoveProgress } from './move-progress.js';
import { Throttle } from './throttle.js';

/** A page is one batch, and whoever commits at the destination meanwhile waits for it. */
const PAGE_BYTES = 2 * 1024 * 1024;
const STEP_KEYS = 4_096;
/** The same while clients are there. */
const SMALL_STEP_KEYS = 256;
/** Where a rate is set, a page is what may be copied in this part of a second: a move that is to stop is heard in between. */
const PAGE_SECONDS = 0.1;

/** Options of a move that waits between pages for more than its rate. */
export interface PacedMoveOptions extends MoveOptions {
  /** Resolves when the next page may be copied. */
  readonly pace?: () => Promise<void>;
}

export interface MoveRunParts {
  readonly environment: Environment;
  readonly transfer: (shard: string) => RangeTransfer;
  /** Of all shards that are led here. */
  readonly transfers: () => readonly RangeTransfer[];
  /** Whether the move is to be interrupted. */
  readonly isClosing: () => boolean;
}

/** What the steps of one move share: both ends, and how far it has come. */
export class MoveRun {
  readonly record: MoveRecord;
  readonly source: RangeTransfer;
  readonly destination: RangeTransfer;
  /** How the source is asked. */
  readonly route: RangeRoute;
  readonly #options: PacedMoveOptions;
  readonly #throttle: Throttle;
  readonly #environment: Environment;
  readonly #isClosing: () => boolean;
  readonly #courtesy: Courtesy;
  #imported: ImportRow | undefined;
  #rows = 0;
  #bytes = 0;
  #lag = 0;
  #verified = 0;

  constructor(record: MoveRecord, options: PacedMoveOptions, { environment, transfer, transfers, isClosing }: MoveRunParts) {
    this.record = record;
    this.source = transfer(record.from);
    this.destination = transfer(record.to);
    this.route = { id: record.range, epoch: record.epoch };
    this.#options = options;
    this.#throttle = new Throttle(environment, options.bytesPerSecond ?? Infinity);
    this.#environment = environment;
    this.#isClosing = isClosing;
    this.#courtesy = new Courtesy(environment, transfers);
  }

  /** The most that one page may have. */
  get pageBytes(): number {
    const { bytesPerSecond = Infinity } = this.#options;
    return Math.max(1, Math.min(PAGE_BYTES, Math.floor(bytesPerSecond * PAGE_SECONDS)));
  }

  /** Whether clients are there: then the next step does not begin before the last has ended. */
  get isBusy(): boolean {
    return this.#courtesy.isBusy;
  }

  /** About how many keys are compared in one step, or rows removed. */
  get stepKeys(): number {
    return this.#courtesy.isBusy ? SMALL_STEP_KEYS : STEP_KEYS;
  }

  /** Before a row of steps that nobody waits for. */
  async beginSteps(): Promise<void> {
    await this.#courtesy.begin();
  }

  /** After one of these steps: leaves time to clients. */
  async rest(): Promise<void> {
    await this.#courtesy.rest();
  }

  /** For changes that are about to be followed. */
  followPace(): FollowPace {
    return new FollowPace(this.#environment, this.#courtesy);
  }

  /** The wall clock. */
  now(): number {
    return this.#environment.now();
  }

  /** Goes on where an import has stopped, or begins one. */
  async begin(): Promise<void> {
    if (this.#imported !== undefined) return;
    const { id } = this.record;
    this.#imported = await this.destination.importOf(id);
    if (this.#imported !== undefined) return;
    const { tailFrom } = this.record;
    const stage = tailFrom === undefined ? 'clear' : 'tail';
    const progress: ImportRow = { ...this.span, move: id, stage, cursor: undefined, sequence: tailFrom ?? 0 };
    await this.destination.beginImport(progress);
    this.#imported = progress;
  }

  get span(): { start: MoveRecord['start']; end: MoveRecord['end'] } {
    return { start: this.record.start, end: this.record.end };
  }

  /** Throws when the move is to stop here. */
  check(): void {
    this.#options.signal?.throwIfAborted();
    if (this.#isClosing()) throw new MoveInterrupted();
  }

  /** Whether all rows that were there at first are at the destination. */
  get isCopied(): boolean {
    return this.#imported?.stage === 'tail';
  }

  /** How far the import has come, durably. */
  get imported(): ImportRow {
    invariant(this.#imported !== undefined, 'an import begins before rows are brought', { range: this.record.range });
    return this.#imported;
  }

  /** Brings rows to the destination, with how far it has come thereby. */
  async bring(
    progress: Omit<ImportRow, 'move' | 'start' | 'end'>,
    rows: readonly (readonly [Uint8Array, Uint8Array])[],
    deletes: readonly Uint8Array[] = [],
  ): Promise<void> {
    const imported: ImportRow = { ...progress, ...this.span, move: this.record.id };
    await this.destination.importRows({ progress: imported, rows, deletes });
    this.#imported = imported;
    let bytes = 0;
    for (const [key, value] of rows) bytes += key.length + value.length;
    this.#rows += rows.length;
    this.#bytes += bytes;
    if (progress.stage === 'tail') return;
    await this.#throttle.took(bytes);
    await this.#options.pace?.();
  }

  get lag(): number {
    return this.#lag;
  }

  follows(lag: number): void {
    this.#lag = lag;
  }

  verified(versions: number): void {
    this.#verified += versions;
  }

  report(phase: MovePhase, pauseMs?: number): void {
    const { range, from, to } = this.record;
    const progress: MoveProgress = {
      range,
      from,
      to,
      phase,
      rows: this.#rows,
      bytes: this.#bytes,
      lag: this.#lag,
      verified: this.#verified,
      pauseMs,
    };
    this.#options.onProgress?.(progress);
  }
}

/** The database closes: the move stays recorded, and somebody goes on with it later. */
export class MoveInterrupted extends Error {
  constructor() {
    super('The move was interrupted, and can be resumed');
    this.name = 'MoveInterrupted';
  }
}
