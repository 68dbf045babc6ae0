import {
  checkBatch,
  checkKeys,
  checkScan,
  isPromise,
  PandaError,
  type Engine,
  type EngineCapabilities,
  type EngineScanOptions,
  type EngineScanPage,
  type KeyRange,
  type MaybePromise,
  type RangeEstimate,
  type WriteBatch,
} from '@pandakv/core/engine';
import { toPandaError } from './error-map.js';
import { estimateRange } from './estimate.js';
import { scanPage } from './scan-page.js';
import type { Table } from './table.js';

/** What an engine serves, opened and checked. */
export interface SqliteStore {
  readonly table: Table;
  readonly capabilities: EngineCapabilities;
  /** Releases what opening took. */
  readonly close: () => void;
}

/**
 * An engine over a SQLite database. It answers at once, without a promise, but for an estimate of a large range; its errors
 * always come as rejections, never thrown.
 */
export class SqliteEngine implements Engine {
  readonly capabilities: EngineCapabilities;
  private readonly table: Table;
  /** Estimates that go on over several turns. */
  private readonly pending = new Set<Promise<unknown>>();
  private closed: Promise<void> | undefined;

  constructor(private readonly store: SqliteStore) {
    this.capabilities = store.capabilities;
    this.table = store.table;
  }

  get(keys: readonly Uint8Array[]): MaybePromise<readonly (Uint8Array | undefined)[]> {
    return this.answer(() => {
      checkKeys(keys);
      return this.table.get(keys);
    });
  }

  scan(range: KeyRange, options: EngineScanOptions): MaybePromise<EngineScanPage> {
    return this.answer(() => {
      checkScan(options);
      return scanPage(this.table, range, options);
    });
  }

  write(batch: WriteBatch): MaybePromise<void> {
    return this.answer(() => {
      checkBatch(batch, this.capabilities.batchBytesMax);
      this.table.write(batch);
    });
  }

  estimate(range: KeyRange): MaybePromise<RangeEstimate> {
    return this.answer(() => {
      const estimate = estimateRange(this.table, range);
      return isPromise(estimate) ? this.finish(estimate) : estimate;
    });
  }

  close(): Promise<void> {
    this.closed ??= this.release();
    return this.closed;
  }

  private answer<T>(work: () => MaybePromise<T>): MaybePromise<T> {
    try {
      if (this.closed !== undefined) throw new PandaError('Closed', 'The engine is closed');
      return work();
    } catch (error) {
      return Promise.reject(toPandaError(error));
    }
  }

  private async finish<T>(work: Promise<T>): Promise<T> {
    this.pending.add(work);
    try {
      return await work;
    } catch (error) {
      throw toPandaError(error);
    } finally {
      this.pending.delete(work);
    }
  }

  private async release(): Promise<void> {
    await Promise.allSettled(this.pending);
    try {
      this.store.close();
    } catch (error) {
      throw toPandaError(error);
    }
  }
}
