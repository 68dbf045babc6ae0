import { availableParallelism, cpus } from 'node:os';
import { median, timeOf } from './measure/index.js';
import { scaled, type BenchmarkContext } from './benchmark.js';
import { keysOf, Keyspace } from './data.js';
import { openRaw, SYNC } from './level/stores.js';

const PUTS = 200;
const THREADS_OF_LIBUV = '4';

/** What the figures were measured on. */
export interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly cores: number;
  readonly cpu: string;
  /** Threads that wait for LevelDB, on both sides. */
  readonly threads: number;
  /** Median of a durable put of raw LevelDB, alone. */
  readonly syncPutMs: number;
}

export async function describeMachine(context: BenchmarkContext): Promise<Machine> {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    threads: Number(process.env['UV_THREADPOOL_SIZE'] ?? THREADS_OF_LIBUV),
    syncPutMs: await syncPutMs(context),
  };
}

async function syncPutMs({ folder, scale }: BenchmarkContext): Promise<number> {
  const raw = await openRaw(folder);
  try {
    const keyspace = new Keyspace(keysOf(100));
    const times: number[] = [];
    for (let put = 0; put < scaled(PUTS, scale, 20); put++) {
      const { key, value } = keyspace.nextWrite();
      times.push(await timeOf(() => raw.put(key, value, SYNC)));
    }
    return median(times);
  } finally {
    await raw.close();
  }
}
