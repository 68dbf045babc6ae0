import { openDatabase, type Database } from '@pandakv/core';
import { scaled, type Benchmark, type BenchmarkContext, type Comparison } from '../benchmark.js';
import { pandaShard } from '../level/stores.js';
import { timeOf } from '../measure/index.js';
import { against, fill } from './rows.js';

const ROWS_PER_SHARD = 300_000;
const PREFIXES = ['a:', 'm:', 'z:'];
const OFF_MAX = 0.1;
const MOVED_MAX = 1.1;

/** A fourth shard beside three full ones: how even all get, and what that moves. */
export const balanceFourth: Benchmark = { name: 'balanceFourth', run };

async function run({ folder, scale }: BenchmarkContext): Promise<Comparison[]> {
  const rows = scaled(ROWS_PER_SHARD, scale, 5_000);
  const panda = await openDatabase({
    shards: ['s1', 's2', 's3'].map((id) => pandaShard(folder, id)),
    splits: [
      { key: 'm', shard: 's2' },
      { key: 'z', shard: 's3' },
    ],
  });
  try {
    for (const prefix of PREFIXES) await fill(panda, rows, prefix);
    const before = await bytesByShard(panda);
    await panda.addShard(pandaShard(folder, 's4'));
    let moved = 0;
    const tookMs = await timeOf(async () => (moved = (await panda.balance({ bytesMin: 1 })).moved.rows));
    const hadToMove = (PREFIXES.length * rows) / 4;
    const after = await bytesByShard(panda);
    const total = [...after.values()].reduce((sum, bytes) => sum + bytes, 0);
    if (total !== [...before.values()].reduce((sum, bytes) => sum + bytes, 0))
      throw new Error('Rows are missing, or are there twice');
    const mean = total / 4;
    const off = Math.max(...[...after.values()].map((bytes) => Math.abs(bytes - mean)));
    const what = `4 shards of ${Math.round(mean / 1024 ** 2)} MiB, made even in ${(tookMs / 1_000).toFixed(1)} s`;
    return [
      against('balanceFourthOff', 'bytes', `the most that a shard is off; ${what}`, off, OFF_MAX * mean, { atMost: 1 }),
      {
        name: 'balanceFourthMoved',
        unit: 'rows',
        base: { what: 'what had to move', value: hadToMove },
        panda: { what: 'what was moved', value: moved },
        ratio: moved / hadToMove,
        target: { atMost: MOVED_MAX },
      },
    ];
  } finally {
    await panda.close();
  }
}

/** Bytes of keys and values, by who serves them; read, not estimated. */
async function bytesByShard(panda: Database): Promise<Map<string, number>> {
  const bytes = new Map((await panda.shards()).map(({ id }) => [id, 0]));
  for (const { start, end, shard } of panda.ranges()) {
    let sum = 0;
    for await (const [key, value] of panda.scan({ start, ...(end === undefined ? {} : { end }) }))
      sum += key.length + value.length;
    bytes.set(shard, bytes.get(shard)! + sum);
  }
  return bytes;
}
