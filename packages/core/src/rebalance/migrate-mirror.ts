import type { MigrationRecord, MoveRecord, Router } from '../catalog/index.js';
import type { Environment, Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import type { RangeTransfer } from '../shard/index.js';
import type { Transaction } from '../transaction/index.js';
import type { MirrorState } from './migrate-status.js';
import { copyRows } from './move-copy.js';
import { cutOver, type LeftRange } from './move-cut-over.js';
import type { MoveProgress } from './move-progress.js';
import { moveOf, putMove } from './move-records.js';
import { MoveRun } from './move-run.js';
import { follow } from './move-tail.js';
import { verify } from './move-verify.js';
import type { SystemTransactions } from './system-transactions.js';

export interface MirrorParts {
  readonly environment: Environment;
  readonly transactions: SystemTransactions;
  readonly router: Router;
  readonly transfer: (shard: string) => RangeTransfer;
  /** Of all shards that are led here. */
  readonly transfers: () => readonly RangeTransfer[];
  readonly newId: () => string;
  /** Work is to stop at the next step; it can be gone on with. */
  readonly isStopping: () => boolean;
  /** Something has come further. */
  readonly progressed: () => void;
}

/**
 * A range of a migration: one side serves it, the other is kept in step. Its record is that of a move, from the side that serves to the
 * other; where they change places, one transaction replaces it by a record of the way back.
 */
export class Mirror {
  readonly #parts: MirrorParts;
  readonly #migration: MigrationRecord;
  #run: MoveRun;
  /** All that the source's journal told up to here has been brought. */
  #followed = 0;
  #hasFollowed = false;
  /** One thing after the other. */
  #last: Promise<unknown> = Promise.resolve();
  /** Something failed: how far it has come is to be looked up. */
  #isDoubtful = false;
  #bytesEstimated = 0;
  #progress: MoveProgress | undefined;
  /** Of the runs before. */
  readonly #past = { rows: 0, bytes: 0, verified: 0 };

  constructor(parts: MirrorParts, migration: MigrationRecord, record: MoveRecord) {
    this.#parts = parts;
    this.#migration = migration;
    this.#run = this.#runOf(record);
  }

  get state(): MirrorState {
    const { rows = 0, bytes = 0, verified = 0, lag = 0 } = this.#progress ?? {};
    return {
      isCopied: this.#hasFollowed || this.isSwitched,
      isSwitched: this.isSwitched,
      rows: this.#past.rows + rows,
      bytes: this.#past.bytes + bytes,
      bytesEstimated: this.#bytesEstimated,
      verified: this.#past.verified + verified,
      lag,
    };
  }

  get range(): string {
    return this.#run.record.range;
  }

  get isSwitched(): boolean {
    return !this.#migration.from.includes(this.#run.record.from);
  }

  /** Copies what has not been copied, and brings what has been written since. */
  async keepInStep(): Promise<void> {
    await this.#alone(() => this.#keepInStep());
  }

  /** Compares both sides at a timestamp; `Corruption` names keys that differ. */
  async verify(timestamp: Timestamp): Promise<void> {
    await this.#alone(async () => {
      await this.#keepInStep();
      await verify(this.#run, timestamp);
    });
  }

  /** The sides change places: the other one serves. */
  async turn(): Promise<void> {
    await this.#alone(async () => {
      await this.#keepInStep();
      const { environment, transactions, router, newId } = this.#parts;
      const leave = (transaction: Transaction, left: LeftRange): void => putMove(transaction, this.#wayBack(left));
      await cutOver(this.#run, { environment, transactions, newToken: newId, leave });
      await router.refreshIfPossible(this.#run.span);
      await this.#lookUp();
      this.#parts.progressed();
    });
  }

  /** Goes on from what the catalog and the destination have. */
  async #lookUp(): Promise<void> {
    const { range } = this;
    const record = await this.#parts.transactions.run((transaction) => moveOf(transaction, range));
    if (record?.migration !== this.#migration.id) throw new PandaError('Conflict', 'The migration has ended', { range });
    this.#past.rows += this.#progress?.rows ?? 0;
    this.#past.bytes += this.#progress?.bytes ?? 0;
    this.#past.verified += this.#progress?.verified ?? 0;
    this.#progress = undefined;
    this.#run = this.#runOf(record);
    this.#hasFollowed = false;
    this.#isDoubtful = false;
  }

  async #keepInStep(): Promise<void> {
    const run = this.#run;
    if (!run.isCopied) this.#bytesEstimated = (await run.source.estimate(run.span)).bytes;
    await copyRows(run);
    this.#followed = await follow(run, this.#hasFollowed ? this.#followed : run.imported.sequence);
    if (this.#hasFollowed) return;
    this.#hasFollowed = true;
    run.report('tail');
  }

  #wayBack({ move, epoch, base }: LeftRange): MoveRecord {
    const { from, to } = move;
    return { ...move, id: this.#parts.newId(), epoch, from: to, to: from, tailFrom: base };
  }

  #runOf(record: MoveRecord): MoveRun {
    const { isStopping, progressed } = this.#parts;
    const { bytesPerSecond } = this.#migration;
    const onProgress = (progress: MoveProgress): void => {
      this.#progress = progress;
      progressed();
    };
    const options = bytesPerSecond === undefined ? { onProgress } : { onProgress, bytesPerSecond };
    return new MoveRun(record, options, { ...this.#parts, isClosing: isStopping });
  }

  async #alone(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(async () => {
      if (this.#isDoubtful) await this.#lookUp();
      await work();
    });
    this.#last = done.catch(() => (this.#isDoubtful = true));
    await done;
  }
}
