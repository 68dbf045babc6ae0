import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from '@pandakv/core';
import { scaled, type Benchmark, type BenchmarkContext, type Comparison } from '../benchmark.js';
import { openRaw, pandaShard, SYNC, type Raw } from '../level/stores.js';
import { timeOf } from '../measure/index.js';
import { fill, keyOf, moveComparisons, rowValue, verifyRows } from './rows.js';

const ROWS = 1_000_000;
const PAGE_ROWS = 8_192;
const RAW = ['raw-from', 'raw-to'] as const;

/** A move of an idle range from LevelDB to LevelDB, against a copy by LevelDB's own calls. */
export const moveLevel: Benchmark = { name: 'moveLevel', run };

async function run({ folder, scale }: BenchmarkContext): Promise<Comparison[]> {
  const rows = scaled(ROWS, scale, 1_000);
  const offlineMs = await copyOffline(folder, rows);
  const panda = await openDatabase({
    shards: [pandaShard(folder, 'from'), pandaShard(folder, 'to')],
    splits: [{ key: 'z', shard: 'to' }],
  });
  try {
    await fill(panda, rows);
    const tookMs = await timeOf(() => panda.move({ end: 'z' }, 'to'));
    await verifyRows(panda, rows);
    return moveComparisons('moveLevel', 'move LevelDB → LevelDB', rows, tookMs, 'copy by iterator and batches', offlineMs);
  } finally {
    await panda.close();
  }
}

async function copyOffline(folder: string, rows: number): Promise<number> {
  const [from, to] = [await openRaw(folder, RAW[0]), await openRaw(folder, RAW[1])];
  try {
    for (let at = 0; at < rows; at += PAGE_ROWS) {
      const page = Array.from({ length: Math.min(PAGE_ROWS, rows - at) }, (_, index) => at + index);
      await putAll(
        from,
        page.map((number) => [Buffer.from(keyOf(number)), rowValue(number)] as const),
      );
    }
    return await timeOf(async () => {
      const iterator = from.iterator();
      for (let page = await iterator.nextv(PAGE_ROWS); page.length > 0; page = await iterator.nextv(PAGE_ROWS))
        await putAll(to, page);
      await iterator.close();
    });
  } finally {
    await Promise.all([from.close(), to.close()]);
    // What is still to be written to the disk would be written meanwhile.
    await Promise.all(RAW.map((name) => rm(join(folder, name), { recursive: true })));
  }
}

async function putAll(raw: Raw, rows: readonly (readonly [Uint8Array, Uint8Array])[]): Promise<void> {
  await raw.batch(
    rows.map(([key, value]) => ({ type: 'put', key, value })),
    SYNC,
  );
}
