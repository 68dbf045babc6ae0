import {
  checkBatch,
  checkKeys,
  checkScan,
  PandaError,
  type Engine,
  type EngineCapabilities,
  type EngineScanOptions,
  type EngineScanPage,
  type KeyRange,
  type RangeEstimate,
  type WriteBatch,
} from '@pandakv/core/engine';
import { BatchWriter } from './batch-writer.js';
import type { ConnectionPool } from './connection-pool.js';
import { toPandaError } from './error-map.js';
import { estimateRange } from './estimate.js';
import { ValueGetter } from './get-values.js';
import { InFlight } from './in-flight.js';
import { PageScanner } from './scan-page.js';

/** An engine over one table of a MySQL or MariaDB server, opened and checked. Its errors always come as rejections. */
export class MysqlEngine implements Engine {
  readonly capabilities: EngineCapabilities;
  readonly #pool: ConnectionPool;
  readonly #table: string;
  readonly #batches: BatchWriter;
  readonly #values: ValueGetter;
  readonly #pages: PageScanner;
  readonly #calls = new InFlight();
  #closed: Promise<void> | undefined;

  constructor(pool: ConnectionPool, table: string, capabilities: EngineCapabilities) {
    this.capabilities = capabilities;
    this.#pool = pool;
    this.#table = table;
    this.#batches = new BatchWriter(pool, table);
    this.#values = new ValueGetter(pool, table);
    this.#pages = new PageScanner(pool, table);
  }

  get(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#call(() => {
      checkKeys(keys);
      return this.#values.get(keys);
    });
  }

  scan(range: KeyRange, options: EngineScanOptions): Promise<EngineScanPage> {
    return this.#call(() => {
      checkScan(options);
      return this.#pages.scan(range, options);
    });
  }

  write(batch: WriteBatch): Promise<void> {
    return this.#call(() => {
      checkBatch(batch, this.capabilities.batchBytesMax);
      return this.#batches.write(batch, (work) => this.#doBehind(work));
    });
  }

  estimate(range: KeyRange): Promise<RangeEstimate> {
    return this.#call(() => estimateRange(this.#pool, this.#table, range));
  }

  close(): Promise<void> {
    this.#closed ??= this.#calls.idle().then(() => this.#pool.close());
    return this.#closed;
  }

  /** Nobody hears of its failure, but closing waits for its end. */
  #doBehind(work: () => Promise<void>): void {
    this.#call(work).catch(() => undefined);
  }

  async #call<T>(task: () => Promise<T>): Promise<T> {
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
