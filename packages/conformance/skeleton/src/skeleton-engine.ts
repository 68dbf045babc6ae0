import {
  checkBatch,
  checkKeys,
  checkScan,
  GuardMismatch,
  PandaError,
  restAfter,
  type Engine,
  type EngineCapabilities,
  type EngineScanOptions,
  type EngineScanPage,
  type Entry,
  type Guard,
  type KeyRange,
  type RangeEstimate,
  type WriteBatch,
} from '@pandakv/core/engine';
import { toPandaError } from './error-map.js';
import type { LogFile } from './log-file.js';
import type { SortedRows } from './sorted-rows.js';

/** All rows are in memory, and in a log from which they are read when the store is opened. */
export class SkeletonEngine implements Engine {
  readonly capabilities: EngineCapabilities = {
    durability: 'synced',
    batchBytesMax: 64 * 1024 * 1024,
    estimateExact: true,
    multiProcess: false,
  };
  /** The writes, one after the other. */
  private lastWrite: Promise<void> = Promise.resolve();
  private closed: Promise<void> | undefined;

  constructor(
    private readonly rows: SortedRows,
    private readonly log: LogFile,
    private readonly release: () => Promise<void>,
  ) {}

  async get(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    this.checkOpen();
    checkKeys(keys);
    return keys.map((key) => {
      const value = this.rows.get(key);
      return value === undefined ? undefined : Uint8Array.from(value);
    });
  }

  async scan(range: KeyRange, options: EngineScanOptions): Promise<EngineScanPage> {
    this.checkOpen();
    checkScan(options);
    const inside = this.rows.range(range);
    if (options.reverse === true) inside.reverse();
    const entries: Entry[] = [];
    for (let bytes = 0; entries.length < Math.min(options.limit, inside.length);) {
      // The first entry is always in the page.
      if (entries.length > 0 && bytes >= options.maxBytes) break;
      const [key, value] = inside[entries.length]!;
      entries.push([Uint8Array.from(key), Uint8Array.from(value)]);
      bytes += key.length + value.length;
    }
    if (entries.length === inside.length) return { entries };
    return { entries, rest: restAfter(Uint8Array.from(entries.at(-1)![0]), range, options.reverse) };
  }

  async write(batch: WriteBatch): Promise<void> {
    this.checkOpen();
    checkBatch(batch, this.capabilities.batchBytesMax);
    const written = this.lastWrite.then(() => this.commit(batch));
    this.lastWrite = written.catch(() => undefined);
    await written;
  }

  async estimate(range: KeyRange): Promise<RangeEstimate> {
    this.checkOpen();
    const inside = this.rows.range(range);
    return { keys: inside.length, bytes: inside.reduce((sum, [key, value]) => sum + key.length + value.length, 0) };
  }

  close(): Promise<void> {
    this.closed ??= this.lastWrite.then(async () => {
      await this.log.close();
      await this.release();
    });
    return this.closed;
  }

  private checkOpen(): void {
    if (this.closed !== undefined) throw new PandaError('Closed', 'The engine is closed');
  }

  /** No other write comes between the check of the guard and the rows. */
  private async commit(batch: WriteBatch): Promise<void> {
    if (batch.guard !== undefined && !this.holds(batch.guard)) throw new GuardMismatch();
    try {
      await this.log.write(batch);
    } catch (error) {
      throw toPandaError(error);
    }
    applyBatch(this.rows, batch);
  }

  private holds({ key, expected }: Guard): boolean {
    const held = this.rows.get(key);
    if (held === undefined || expected === undefined) return held === expected;
    return Buffer.compare(held, expected) === 0;
  }
}

/** Buffers are copied: those of a batch belong to the caller. */
export function applyBatch(rows: SortedRows, { guard, puts = [], deletes = [], deleteRanges = [] }: WriteBatch): void {
  for (const range of deleteRanges) rows.deleteRange(range);
  for (const key of deletes) rows.delete(key);
  for (const [key, value] of puts) rows.put(Uint8Array.from(key), Uint8Array.from(value));
  if (guard !== undefined) rows.put(Uint8Array.from(guard.key), Uint8Array.from(guard.next));
}
