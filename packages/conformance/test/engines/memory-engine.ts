import {
  checkBatch,
  checkKeys,
  checkScan,
  GuardMismatch,
  isEmptyRange,
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
import { SortedRows } from './sorted-rows.js';

export type Values = (Uint8Array | undefined)[];

/** Where the rows of a store are: outside of its engines, of which there may be several. */
export class Place {
  rows: SortedRows | undefined;
  open = 0;
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * A correct engine over a sorted array, taken to pieces so that each can be planted with a fault. What it does to rows, it does in
 * one turn of the event loop; before and after, it waits one.
 */
export class MemoryEngine implements Engine {
  capabilities: EngineCapabilities = {
    durability: 'none',
    batchBytesMax: 32 * 1024 * 1024,
    estimateExact: true,
    multiProcess: true,
  };
  protected isClosed = false;
  private readonly inFlight = new Set<Promise<unknown>>();

  constructor(protected readonly place: Place) {
    place.rows ??= new SortedRows((a, b) => this.compare(a, b));
    place.open++;
  }

  protected get rows(): SortedRows {
    return this.place.rows!;
  }

  get(keys: readonly Uint8Array[]): Promise<Values> {
    return this.call(async () => {
      this.checkKeys(keys);
      await turn();
      return this.read(keys);
    });
  }

  scan(range: KeyRange, options: EngineScanOptions): Promise<EngineScanPage> {
    return this.call(async () => {
      this.checkScan(options);
      await turn();
      return this.page(range, options);
    });
  }

  write(batch: WriteBatch): Promise<void> {
    return this.call(async () => {
      this.checkBatch(batch);
      await turn();
      await this.commit(batch);
      await turn();
    });
  }

  estimate(range: KeyRange): Promise<RangeEstimate> {
    return this.call(async () => this.count(range));
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.settle();
    this.place.open--;
  }

  protected async settle(): Promise<void> {
    await Promise.allSettled(this.inFlight);
  }

  /** Refuses after close, and is waited for by close. */
  protected call<T>(work: () => Promise<T>): Promise<T> {
    const done = this.enter().then(work);
    this.inFlight.add(done);
    const leave = () => this.inFlight.delete(done);
    done.then(leave, leave);
    return done;
  }

  protected async enter(): Promise<void> {
    if (this.isClosed) throw new PandaError('Closed', 'The engine is closed');
  }

  protected compare(a: Uint8Array, b: Uint8Array): number {
    return Buffer.compare(a, b);
  }

  protected checkKeys(keys: readonly Uint8Array[]): void {
    checkKeys(keys);
  }

  protected checkScan(options: EngineScanOptions): void {
    checkScan(options);
  }

  protected checkBatch(batch: WriteBatch): void {
    checkBatch(batch, this.capabilities.batchBytesMax);
  }

  protected storedKey(key: Uint8Array): Uint8Array {
    return Uint8Array.from(key);
  }

  protected storedValue(value: Uint8Array): Uint8Array {
    return Uint8Array.from(value);
  }

  protected returned(bytes: Uint8Array): Uint8Array {
    return Uint8Array.from(bytes);
  }

  protected read(keys: readonly Uint8Array[]): Values {
    return keys.map((key) => {
      const value = this.rows.get(key);
      return value === undefined ? undefined : this.returned(value);
    });
  }

  protected page(range: KeyRange, options: EngineScanOptions): EngineScanPage {
    const inside = this.inside(range);
    if (options.reverse === true) inside.reverse();
    const count = this.pageLength(inside, options);
    const entries = inside.slice(0, count).map(([key, value]): Entry => [this.returned(key), this.returned(value)]);
    const rest = this.rest(inside, count, range, options.reverse === true);
    return rest === undefined ? { entries } : { entries, rest };
  }

  protected inside(range: KeyRange): Entry[] {
    return this.rows.range(range);
  }

  protected pageLength(inside: readonly Entry[], { limit, maxBytes }: EngineScanOptions): number {
    let count = 0;
    for (let bytes = 0; count < Math.min(limit, inside.length) && (count === 0 || bytes < maxBytes); count++) {
      bytes += inside[count]![0].length + inside[count]![1].length;
    }
    return count;
  }

  protected rest(inside: readonly Entry[], count: number, range: KeyRange, reverse: boolean): KeyRange | undefined {
    return count === inside.length ? undefined : restAfter(this.returned(inside[count - 1]![0]), range, reverse);
  }

  /** The atomic step. */
  protected async commit(batch: WriteBatch): Promise<void> {
    if (batch.guard !== undefined && !this.holds(batch.guard)) throw new GuardMismatch();
    this.apply(batch);
  }

  protected holds({ key, expected }: Guard): boolean {
    const held = this.rows.get(key);
    return held === undefined || expected === undefined ? held === expected : Buffer.compare(held, expected) === 0;
  }

  protected apply({ guard, puts = [], deletes = [], deleteRanges = [] }: WriteBatch): void {
    for (const range of deleteRanges) this.deleteRange(range);
    for (const key of deletes) this.rows.delete(key);
    for (const [key, value] of puts) this.put(key, value);
    if (guard !== undefined) this.put(guard.key, guard.next);
  }

  protected put(key: Uint8Array, value: Uint8Array): void {
    this.rows.put(this.storedKey(key), this.storedValue(value));
  }

  protected deleteRange(range: KeyRange): void {
    if (!isEmptyRange(range)) this.rows.deleteRange(range);
  }

  protected count(range: KeyRange): RangeEstimate {
    const inside = this.rows.range(range);
    return { keys: inside.length, bytes: inside.reduce((sum, [key, value]) => sum + key.length + value.length, 0) };
  }
}
