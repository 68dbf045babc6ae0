import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openDatabase } from '@pandakv/core';
import type { Engine, Entry } from '@pandakv/core/engine';
import {
  Catalog,
  currentRowKey,
  decodeStamped,
  encodeOwnedRangeRow,
  encodeRangeRecord,
  encodeStamped,
  ownedRangeRowKey,
  rangeRecordKey,
  Router,
  rowKeyBytes,
  systemEngine,
  type RangeDescriptor,
} from '@pandakv/core/parts';
import { plugin } from '@pandakv/engine-level';
import { join } from 'node:path';
import { scaled, type Benchmark, type BenchmarkContext, type Comparison } from '../benchmark.js';
import { pandaShard } from '../level/stores.js';
import { median, seededRandom, timeOf } from '../measure/index.js';
import { against, keyOf } from './rows.js';

const RANGES = 1_000_000;
const BATCH_RANGES = 20_000;
const LOOK_UPS = 200_000;
const ROUNDS = 9;
const SHARDS = ['even', 'odd'] as const;

/** A catalog of a million ranges: how fast keys find theirs, what a range takes in memory, how long the catalog takes to load. */
export const millionRanges: Benchmark = { name: 'millionRanges', run };

async function run({ folder, scale }: BenchmarkContext): Promise<Comparison[]> {
  const ranges = scaled(RANGES, scale, 2_000);
  const { bytesPerRange, lookUpsPerSecond } = measureRouter(ranges);
  const loadMs = await measureLoad(folder, ranges);
  return [
    against('routing', 'look-ups/s', `look-ups among ${ranges} ranges, in random order`, lookUpsPerSecond, 2_000_000, {
      atLeast: 1,
    }),
    against('routingBytes', 'bytes', 'a range in memory', bytesPerRange, 300, { atMost: 1 }),
    against('catalogLoad', 'ms', `a database of ${ranges} ranges opened`, loadMs, 10_000, { atMost: 1 }),
  ];
}

/** As strings that are read from a store are: of their own bytes, and flat. */
const flat = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');

function rangeAt(number: number, count: number): RangeDescriptor {
  const start = number === 0 ? '' : flat(keyOf(number));
  const end = number + 1 < count ? flat(keyOf(number + 1)) : undefined;
  return { id: flat(`r${number + 1}`), start, end, epoch: 1, shard: SHARDS[number % 2]! };
}

function measureRouter(count: number): { bytesPerRange: number; lookUpsPerSecond: number } {
  const before = heldBytes();
  const router = routerOf(count);
  const bytesPerRange = (heldBytes() - before) / count;
  const random = seededRandom(1);
  const keys = Array.from({ length: LOOK_UPS }, () => flat(keyOf(Math.floor(random() * count))));
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    let last: unknown;
    let found = 0;
    for (const key of keys) if (last !== (last = router.find(key))) found++;
    if (found < LOOK_UPS / 2) throw new Error('Look-ups of different keys have found the same range');
    return (LOOK_UPS / (performance.now() - start)) * 1_000;
  });
  return { bytesPerRange, lookUpsPerSecond: median(rounds) };
}

function routerOf(count: number): Router {
  const ranges = Array.from({ length: count }, (_, number) => rangeAt(number, count));
  return new Router(new Catalog(ranges), () => undefined as never);
}

/** What is held in memory once all that is not has been collected. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function measureLoad(folder: string, count: number): Promise<number> {
  const shards = SHARDS.map((id) => pandaShard(folder, id));
  const made = await openDatabase({ shards, splits: [{ key: keyOf(1), shard: SHARDS[1] }] });
  await made.close();
  await writeRanges(folder, count);
  let loaded: Awaited<ReturnType<typeof openDatabase>> | undefined;
  const tookMs = await timeOf(async () => (loaded = await openDatabase({ shards })));
  try {
    const found = loaded!.ranges().length;
    if (found !== count) throw new Error(`The catalog has ${found} ranges, not ${count}`);
    await loaded!.write([{ type: 'set', key: keyOf(count - 1), value: 'served' }]);
  } finally {
    await loaded?.close();
  }
  return tookMs;
}

/** Splits, one by one, would take half an hour: what they would leave is written into the stores, which nobody leads meanwhile. */
async function writeRanges(folder: string, count: number): Promise<void> {
  const engines = await Promise.all(SHARDS.map((id) => plugin.open({ location: join(folder, id) })));
  try {
    const system = systemEngine(engines[0]!);
    const timestamp = await timestampOfFirst(system);
    for (let at = 0; at < count; at += BATCH_RANGES) {
      const ranges = Array.from({ length: Math.min(BATCH_RANGES, count - at) }, (_, i) => rangeAt(at + i, count));
      const records = ranges.map((range): Entry => {
        const key = currentRowKey(rangeRecordKey(range.start));
        return [key, encodeStamped(key, timestamp, encodeRangeRecord(range))];
      });
      await system.write({ puts: records });
      for (const [shard, engine] of engines.entries()) {
        const owned = ranges.filter((range) => range.shard === SHARDS[shard]);
        await engine.write({
          puts: owned.map((range): Entry => [rowKeyBytes(ownedRangeRowKey(range.start)), encodeOwnedRangeRow(range)]),
        });
      }
    }
  } finally {
    await Promise.all(engines.map((engine) => engine.close()));
  }
}

async function timestampOfFirst(system: Engine): Promise<number> {
  const key = currentRowKey(rangeRecordKey(''));
  const [row] = await system.get([key]);
  return decodeStamped(key, row!).timestamp;
}
