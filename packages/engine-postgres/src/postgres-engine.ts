import {
  checkBatch,
  checkKeys,
  checkScan,
  PandaError,
  type Durability,
  type Engine,
  type EngineCapabilities,
  type EngineScanOptions,
  type EngineScanPage,
  type KeyRange,
  type RangeEstimate,
  type WriteBatch,
} from '@pandakv/core/engine';
import { BATCH_BYTES_MAX } from './batch-limit.js';
import { BatchWrites } from './batch-writes.js';
import type { Connections } from './connections.js';
import { toPandaError } from './error-map.js';
import { Estimates } from './estimate.js';
import { InFlight } from './in-flight.js';
import { PointReads, type Values } from './point-reads.js';
import { RangeReads } from './range-reads.js';

/** A store, opened and checked. */
export interface PostgresStore {
  readonly reads: Connections;
  /** Of writes alone, so that a write never waits behind reads; or the same as `reads`. */
  readonly writes: Connections;
  /** Quoted. */
  readonly table: string;
  readonly durability: Durability;
}

/** An engine over one table of a PostgreSQL database. Its errors always come as rejections. */
export class PostgresEngine implements Engine {
  readonly capabilities: EngineCapabilities;
  readonly #store: PostgresStore;
  readonly #points: PointReads;
  readonly #ranges: RangeReads;
  readonly #batches: BatchWrites;
  readonly #estimates: Estimates;
  readonly #calls = new InFlight();
  #closed: Promise<void> | undefined;

  constructor(store: PostgresStore) {
    const { reads, writes, table, durability } = store;
    this.capabilities = { durability, batchBytesMax: BATCH_BYTES_MAX, estimateExact: false, multiProcess: true };
    this.#store = store;
    this.#points = new PointReads(reads, table);
    this.#ranges = new RangeReads(reads, table);
    this.#batches = new BatchWrites(writes, table);
    this.#estimates = new Estimates(reads, table);
  }

  get(keys: readonly Uint8Array[]): Promise<Values> {
    return this.#run(() => {
      checkKeys(keys);
      return this.#points.get(keys);
    });
  }

  scan(range: KeyRange, options: EngineScanOptions): Promise<EngineScanPage> {
    return this.#run(() => {
      checkScan(options);
      return this.#ranges.scan(range, options);
    });
  }

  write(batch: WriteBatch): Promise<void> {
    return this.#run(() => {
      checkBatch(batch, BATCH_BYTES_MAX);
      return this.#batches.write(batch);
    });
  }

  estimate(range: KeyRange): Promise<RangeEstimate> {
    return this.#run(() => this.#estimates.estimate(range));
  }

  close(): Promise<void> {
    this.#closed ??= this.#calls.idle().then(() => closeConnections(this.#store));
    return this.#closed;
  }

  async #run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) throw new PandaError('Closed', 'The engine is closed');
    this.#calls.enter();
    try {
      return await task();
    } catch (error) {
      throw toPandaError(error);
    } finally {
      this.#calls.leave();
    }
  }
}

export async function closeConnections({ reads, writes }: Pick<PostgresStore, 'reads' | 'writes'>): Promise<void> {
  await Promise.all(reads === writes ? [reads.close()] : [reads.close(), writes.close()]);
}
