import type { CleanupRecord } from '../catalog/index.js';
import type { Environment } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { sleep, type RangeTransfer } from '../shard/index.js';
import { Courtesy } from './courtesy.js';
import { allCleanups, deleteCleanup } from './move-records.js';
import type { SystemTransactions } from './system-transactions.js';

const AGAIN_MS = 1_000;
const REFUSALS_MAX = 20;
/** So many rows are removed at once while clients are there. */
const SMALL_STEP_ROWS = 256;

export interface CleanerParts {
  readonly environment: Environment;
  readonly transactions: SystemTransactions;
  readonly transfer: (shard: string) => RangeTransfer;
  /** Of all shards that are led here. */
  readonly transfers: () => readonly RangeTransfer[];
}

/**
 * Removes what moves have left behind: the rows of ranges that have gone, and those that cancelled moves had brought. It is recorded
 * what is to be removed where, so that it can be done again from the start by anybody.
 */
export class Cleaner {
  readonly #parts: CleanerParts;
  #running: Promise<void> | undefined;
  #isWanted = false;
  #isClosing = false;

  constructor(parts: CleanerParts) {
    this.#parts = parts;
  }

  /** Removes all that is recorded, in the background. */
  cleanSoon(): void {
    this.#isWanted = true;
    if (this.#isClosing) return;
    this.#running ??= this.#cleanAll().finally(() => (this.#running = undefined));
  }

  /** Resolves when nothing is left to remove, or it failed. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#running;
  }

  async #cleanAll(): Promise<void> {
    while (this.#isWanted && !this.#isClosing) {
      this.#isWanted = false;
      try {
        for (const cleanup of await this.#parts.transactions.run(allCleanups)) await this.clean(cleanup);
      } catch (error) {
        if (this.#isClosing || !PandaError.is(error) || !(error.retryable || error.code === 'DeadlineExceeded')) return;
        this.#isWanted = true;
        await sleep(this.#parts.environment, AGAIN_MS);
      }
    }
  }

  /** Removes one. It may be removed by others as well. */
  async clean(cleanup: CleanupRecord): Promise<void> {
    const { environment, transactions, transfer, transfers } = this.#parts;
    const { shard, start, end, move, isImport } = cleanup;
    const request = { span: { start, end }, move: isImport ? move : undefined, ends: isImport };
    const courtesy = new Courtesy(environment, transfers);
    await courtesy.begin();
    for (let refusals = 0; ;) {
      if (this.#isClosing) throw new PandaError('Closed', 'The database is closed');
      try {
        if (await transfer(shard).dropRows(courtesy.isBusy ? { ...request, rowsMax: SMALL_STEP_ROWS } : request)) break;
        refusals = 0;
        await courtesy.rest();
      } catch (error) {
        // The source may not have heard yet that the range has left.
        if (!PandaError.is(error, 'Conflict') || ++refusals > REFUSALS_MAX) throw error;
        await sleep(environment, Math.min(2 ** refusals, AGAIN_MS));
      }
    }
    await transactions.run(async (transaction) => {
      deleteCleanup(transaction, cleanup);
    });
  }
}
