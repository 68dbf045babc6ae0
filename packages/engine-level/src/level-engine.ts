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
import { prepareBatch } from './apply-batch.js';
import { copyBytes } from './bytes.js';
import type { Access } from './database.js';
import { toPandaError } from './error-map.js';
import { estimateRange } from './estimate.js';
import { InFlight } from './in-flight.js';
import { scanPage } from './scan-page.js';
import { writeQueueOf, type WriteQueue } from './write-queue.js';

/** What an engine serves, opened and checked. */
export interface LevelStore {
  readonly access: Access;
  readonly capabilities: EngineCapabilities;
  /** Closes the database and opens it again, so that it recovers. Missing where the database is not ours to close. */
  readonly reopen?: () => Promise<void>;
  /** Releases what opening took. */
  readonly close: () => Promise<void>;
}

type Values = readonly (Uint8Array | undefined)[];

/**
 * An engine over an abstract-level database. Its errors always come as rejections, also where it answers without waiting.
 *
 * After a write that failed, LevelDB is not asked anything before it has been opened again: its answer could be wrong (the
 * failed batch may be in its log and not in its memory), and what it logs behind a half-written record is lost at the next
 * opening. So the next call opens it again first, and then the guard tells the outcome for good.
 */
export class LevelEngine implements Engine {
  readonly capabilities: EngineCapabilities;
  private readonly access: Access;
  private readonly writes: WriteQueue;
  private readonly syncOption: { readonly sync: boolean };
  private readonly answersAtOnce: boolean;
  private readonly calls = new InFlight();
  private readonly reads = new InFlight();
  private closed: Promise<void> | undefined;

  constructor(private readonly store: LevelStore) {
    this.capabilities = store.capabilities;
    this.access = store.access;
    this.writes = writeQueueOf(store.access.database);
    this.syncOption = Object.freeze({ sync: store.capabilities.durability === 'synced' });
    // On disk, a read without waiting would block the event loop.
    this.answersAtOnce = store.access.getSync && store.capabilities.durability === 'none';
  }

  get(keys: readonly Uint8Array[]): MaybePromise<Values> {
    return this.answersAtOnce && this.closed === undefined ? this.getAtOnce(keys) : this.read(() => this.getSoon(keys));
  }

  scan(range: KeyRange, options: EngineScanOptions): Promise<EngineScanPage> {
    return this.read(() => {
      checkScan(options);
      return scanPage(this.access, range, options);
    });
  }

  async write(batch: WriteBatch): Promise<void> {
    this.enter();
    try {
      checkBatch(batch, this.capabilities.batchBytesMax);
      await this.writes.run(() => this.apply(batch));
    } catch (error) {
      throw toPandaError(error);
    } finally {
      this.calls.leave();
    }
  }

  estimate(range: KeyRange): Promise<RangeEstimate> {
    return this.read(() => estimateRange(this.access, range));
  }

  close(): Promise<void> {
    this.closed ??= this.calls.idle().then(async () => {
      try {
        await this.store.close();
      } catch (error) {
        throw toPandaError(error);
      }
    });
    return this.closed;
  }

  private getAtOnce(keys: readonly Uint8Array[]): MaybePromise<Values> {
    const { database, encodings, sharesBuffers } = this.access;
    try {
      checkKeys(keys);
      const values = keys.map((key) => database.getSync(key, encodings));
      return sharesBuffers ? copyValues(values) : values;
    } catch (error) {
      return Promise.reject(toPandaError(error));
    }
  }

  private async getSoon(keys: readonly Uint8Array[]): Promise<Values> {
    checkKeys(keys);
    const { database, encodings, sharesBuffers } = this.access;
    const values = keys.length === 1 ? [await database.get(keys[0]!, encodings)] : await database.getMany(keys, encodings);
    return sharesBuffers ? copyValues(values) : values;
  }

  private enter(): void {
    if (this.closed !== undefined) throw new PandaError('Closed', 'The engine is closed');
    this.calls.enter();
  }

  private async read<T>(task: () => Promise<T>): Promise<T> {
    this.enter();
    try {
      if (this.writes.failure !== undefined) await this.writes.run(() => this.recover());
      this.reads.enter();
      try {
        return await task();
      } finally {
        this.reads.leave();
      }
    } catch (error) {
      throw toPandaError(error);
    } finally {
      this.calls.leave();
    }
  }

  /** Within the queue of writes. */
  private async apply(batch: WriteBatch): Promise<void> {
    if (this.writes.failure !== undefined) await this.recover();
    // A copy from before anything awaits, as the caller's buffers are his again afterwards.
    const guard = batch.guard && { key: copyBytes(batch.guard.key), value: copyBytes(batch.guard.next) };
    const gathered = prepareBatch(this.access, batch, this.writes.guard);
    const prepared = isPromise(gathered) ? await gathered : gathered;
    this.writes.guard = undefined;
    try {
      await prepared.write(this.syncOption);
      if (guard !== undefined) this.writes.guard = guard;
    } catch (cause) {
      if (this.access.permanent) this.stop(cause);
      throw cause;
    }
  }

  private stop(cause: unknown): void {
    const { writes, store } = this;
    writes.failure = { cause };
    // Only its owner may open a given database again; this shows that he did.
    if (store.reopen === undefined) this.access.database.once('closed', () => (writes.failure = undefined));
  }

  /** Within the queue of writes: after a write that failed, brings the database back to what is on disk. */
  private async recover(): Promise<void> {
    if (this.writes.failure === undefined) return;
    const { reopen } = this.store;
    if (reopen === undefined) {
      const message = 'A write failed: its outcome shows when the owner of the database has closed it and opened it again';
      throw new PandaError('ShardUnavailable', message, { cause: this.writes.failure.cause });
    }
    await this.reads.idle();
    await reopen();
    this.writes.failure = undefined;
  }
}

function copyValues(values: Values): Values {
  return values.map((value) => (value === undefined ? undefined : copyBytes(value)));
}
