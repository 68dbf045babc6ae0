import type { MoveRecord, RangeDescriptor, Router } from '../catalog/index.js';
import type { Environment, HybridClock } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { spansOverlap } from '../keys/index.js';
import type { RangeTransfer } from '../shard/index.js';
import type { Transaction } from '../transaction/index.js';
import { checkRoom } from './capacity.js';
import type { Cleaner } from './cleaner.js';
import { copyRows } from './move-copy.js';
import { cutOver, moveEnded, type LeftRange } from './move-cut-over.js';
import { allCleanups, allMembers, checkNotMoving, deleteMove, migrationOf, moveOf, putCleanup, putMove } from './move-records.js';
import { MoveInterrupted, MoveRun, type PacedMoveOptions } from './move-run.js';
import { catchUp } from './move-tail.js';
import { verify } from './move-verify.js';
import { sameRange } from './range-records.js';
import type { SystemTransactions } from './system-transactions.js';

export interface MoverParts {
  readonly environment: Environment;
  readonly clock: HybridClock;
  readonly transactions: SystemTransactions;
  readonly router: Router;
  readonly cleaner: Cleaner;
  readonly transfer: (shard: string) => RangeTransfer;
  /** Of all shards that are led here. */
  readonly transfers: () => readonly RangeTransfer[];
  /** About how many bytes of rows a shard has room for. */
  readonly bytesMax: (shard: string) => number;
  /** Unique in the database. */
  readonly newId: () => string;
}

/** Moves ranges from shard to shard while clients read and write (docs/protocol/ranges.md#move). */
export class Mover {
  readonly #parts: MoverParts;
  /** Ranges that this process moves. */
  readonly #running = new Map<string, Promise<void>>();
  readonly #runs = new Map<string, MoveRun>();
  #isClosing = false;

  constructor(parts: MoverParts) {
    this.#parts = parts;
  }

  /** Records the move: from here on anybody can go on with it, or cancel it. */
  async begin(known: RangeDescriptor, to: string): Promise<MoveRecord> {
    const { transactions, cleaner, newId, transfer, bytesMax } = this.#parts;
    await checkRoom(transfer(to), bytesMax(to), [{ source: transfer(known.shard), span: known }]);
    const id = newId();
    for (;;) {
      const begun = await transactions.run(async (transaction) => {
        const range = await sameRange(transaction, known);
        await checkNotMoving(transaction, range);
        await checkNotMigrated(transaction, range);
        const member = (await allMembers(transaction)).find(({ shard }) => shard === to);
        if (member === undefined) throw new PandaError('InvalidArgument', `The database has no shard '${to}'`, { shard: to });
        if (member.state === 'draining') {
          throw new PandaError('InvalidArgument', `The shard '${to}' is being drained and takes no ranges`, { shard: to });
        }
        // What is still to be removed at the destination must be gone before rows are brought there.
        const cleanups = (await allCleanups(transaction)).filter(({ shard }) => shard === to);
        const inTheWay = cleanups.find((cleanup) => spansOverlap(cleanup, range));
        if (inTheWay !== undefined) return { inTheWay };
        const record: MoveRecord = {
          id,
          range: range.id,
          start: range.start,
          end: range.end,
          epoch: range.epoch,
          from: range.shard,
          to,
        };
        putMove(transaction, record);
        return { record };
      });
      if (begun.record !== undefined) return begun.record;
      await cleaner.clean(begun.inTheWay);
    }
  }

  /** Groups of the journal that are still to be brought, of each range that this process moves. */
  get lags(): [range: string, lag: number][] {
    return [...this.#runs].map(([range, { lag }]) => [range, lag]);
  }

  /** Goes on with a recorded move until the destination serves the range. */
  async run(record: MoveRecord, options: PacedMoveOptions): Promise<void> {
    checkNotOfMigration(record);
    if (this.#running.has(record.range)) {
      throw new PandaError('InvalidArgument', `The range ${record.range} is being moved by this process`, {
        range: record.range,
      });
    }
    const running = this.#run(record, options).finally(() => {
      this.#running.delete(record.range);
      this.#runs.delete(record.range);
    });
    this.#running.set(record.range, running);
    await running;
  }

  async #run(record: MoveRecord, options: PacedMoveOptions): Promise<void> {
    const { environment, clock, transactions, router, cleaner, newId } = this.#parts;
    const run = new MoveRun(record, options, { ...this.#parts, isClosing: () => this.#isClosing });
    this.#runs.set(record.range, run);
    try {
      await copyRows(run);
      await catchUp(run);
      await verify(run, clock.now());
      const parts = { environment, transactions, newToken: newId, leave: removeFromSource };
      const pauseMs = await cutOver(run, parts, options.pauseBudgetMs);
      await router.refreshIfPossible(run.span);
      run.report('done', pauseMs);
    } catch (error) {
      if (error instanceof MoveInterrupted)
        throw new PandaError('Closed', 'The database is closed; the move can be resumed', { cause: error });
      if (options.signal?.aborted === true) {
        await this.cancel(record.range);
        throw error;
      }
      // Somebody has cancelled it: then what was brought is being removed, and differs.
      const mayHaveEnded = PandaError.is(error, 'Conflict') || PandaError.is(error, 'Corruption');
      if (mayHaveEnded && !(await this.#isRecorded(record))) throw moveEnded(record);
      throw error;
    }
    cleaner.cleanSoon();
  }

  async #isRecorded({ range, id }: MoveRecord): Promise<boolean> {
    return await this.#parts.transactions.run(async (transaction) => (await moveOf(transaction, range))?.id === id);
  }

  /** The source goes on to serve the range; what was brought to the destination is removed in the background. */
  async cancel(range: string): Promise<void> {
    const { transactions, cleaner } = this.#parts;
    await transactions.run(async (transaction) => {
      const move = await moveOf(transaction, range);
      if (move !== undefined) checkNotOfMigration(move);
      if (move === undefined) throw new PandaError('InvalidArgument', `The range ${range} is not moving`, { range });
      deleteMove(transaction, move);
      putCleanup(transaction, { move: move.id, shard: move.to, start: move.start, end: move.end, isImport: true });
    });
    cleaner.cleanSoon();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.allSettled(this.#running.values());
  }
}

function checkNotOfMigration({ range, migration }: MoveRecord): void {
  if (migration === undefined) return;
  throw new PandaError('InvalidArgument', `The range ${range} is a part of a migration, and goes with it`, { range });
}

/** The migration would wait for the end of a move that perhaps nobody goes on with. */
async function checkNotMigrated(transaction: Transaction, { id, shard }: RangeDescriptor): Promise<void> {
  if ((await migrationOf(transaction))?.from.includes(shard) !== true) return;
  throw new PandaError('InvalidArgument', `The shard '${shard}' is being migrated, and its ranges go with it`, {
    shard,
    range: id,
  });
}

function removeFromSource(transaction: Transaction, { move }: LeftRange): void {
  putCleanup(transaction, { move: move.id, shard: move.from, start: move.start, end: move.end, isImport: false });
}
