import {
  checkBatch,
  checkKeys,
  checkScan,
  PandaError,
  SPI_LIMITS,
  type Engine,
  type EngineCapabilities,
  type EngineScanOptions,
  type EngineScanPage,
  type KeyRange,
  type MaybePromise,
  type RangeEstimate,
  type WriteBatch,
} from '@pandakv/core/engine';
import type { Process } from '../machine/process.js';
import type { StoreServer } from './store-server.js';

const CAPABILITIES: EngineCapabilities = {
  durability: 'synced',
  batchBytesMax: SPI_LIMITS.batchBytesMin * 2,
  estimateExact: true,
  multiProcess: true,
};

/** The answer to what a dead process would have asked. */
const NEVER = new Promise<never>(() => undefined);

/** One process's connection to a store. */
export class SimulatedEngine implements Engine {
  readonly capabilities = CAPABILITIES;
  readonly #server: StoreServer;
  readonly #process: Process;
  /** Reads are answered without waiting, unless something is wrong. */
  readonly #readsAtOnce: boolean;
  #isClosed = false;

  constructor(server: StoreServer, process: Process, readsAtOnce: boolean) {
    this.#server = server;
    this.#process = process;
    this.#readsAtOnce = readsAtOnce;
  }

  get(keys: readonly Uint8Array[]): MaybePromise<readonly (Uint8Array | undefined)[]> {
    this.#checkOpen();
    checkKeys(keys);
    return this.#read('get', () => this.#server.store.get(keys));
  }

  scan(range: KeyRange, options: EngineScanOptions): MaybePromise<EngineScanPage> {
    this.#checkOpen();
    checkScan(options);
    return this.#read('scan', () => this.#server.store.scan(range, options));
  }

  async write(batch: WriteBatch): Promise<void> {
    this.#checkOpen();
    checkBatch(batch, CAPABILITIES.batchBytesMax);
    if (!this.#process.isAlive) await NEVER;
    const serving = this.#serveWrite(batch);
    this.#process.step();
    const failure = await serving;
    await this.#moment('answers a write', true);
    if (failure !== undefined) throw failure;
  }

  estimate({ start, end }: KeyRange): RangeEstimate {
    this.#checkOpen();
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
    const entries = this.#server.store.rows.entries(text(start), end && text(end));
    return { keys: entries.length, bytes: entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0) };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  /** At the server: answers what the write fails with. */
  async #serveWrite(batch: WriteBatch): Promise<Error | undefined> {
    const { random, faults, life, counters, store } = this.#server;
    const failsBefore = random.chance(faults.failBefore);
    const failsAfter = random.chance(faults.failAfter);
    await this.#moment('writes');
    // What a dead process has sent may still arrive.
    if (!this.#process.isAlive && random.chance(0.5)) return undefined;
    if (failsBefore) counters.add('engine failed before applying');
    if (failsBefore || this.#isGone(life)) return this.#unavailable('The write failed');
    if (this.#server.isFull) return this.#unavailable('No space is left');
    let id: number;
    try {
      id = this.#server.apply(batch);
    } catch (error) {
      return error as Error;
    }
    await this.#moment('syncs');
    if (this.#isGone(life)) return this.#unavailable('The connection broke');
    store.sync(id);
    if (!failsAfter) return undefined;
    counters.add('engine failed after applying');
    return this.#unavailable('The write failed');
  }

  #read<T>(what: string, look: () => T): MaybePromise<T> {
    const { random, faults, life } = this.#server;
    const fails = random.chance(faults.failBefore);
    const isQuick = this.#readsAtOnce && !fails && !this.#server.isStalled && !this.#isGone(life);
    return isQuick && random.chance(0.9) ? look() : this.#readLater(what, look, fails, life);
  }

  async #readLater<T>(what: string, look: () => T, fails: boolean, life: number): Promise<T> {
    await this.#moment(what);
    if (fails) this.#server.counters.add('engine failed a read');
    const isServed = !fails && !this.#isGone(life);
    const result = isServed ? look() : undefined;
    await this.#moment(`answers a ${what}`, true);
    if (!isServed) throw this.#unavailable(`The ${what} failed`);
    return result as T;
  }

  /** Whether the server is not the one, or not up, that was asked. */
  #isGone(life: number): boolean {
    return this.#server.isDown || this.#server.life !== life;
  }

  /** Comes after the server's latency; `isOurs`: to this process, if it still lives. */
  #moment(what: string, isOurs = false): Promise<void> {
    const { scheduler, id } = this.#server;
    return new Promise((resolve) =>
      scheduler.schedule(this.#server.latency(), {
        kind: 'engine',
        label: `${id} ${what} ${this.#process.name}`,
        owner: isOurs ? this.#process : undefined,
        run: resolve,
      }),
    );
  }

  #unavailable(reason: string): PandaError {
    return new PandaError('ShardUnavailable', reason, { shard: this.#server.id });
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new PandaError('Closed', 'The engine is closed', { shard: this.#server.id });
  }
}
