import type { Database } from '@pandakv/core';
import type { Benchmark, BenchmarkContext, Comparison } from '../benchmark.js';
import { openPanda, warmUp } from '../level/stores.js';
import { median } from '../measure/index.js';

const CLIENTS = 64;
const ROUNDS = 7;
const BLOCK_MS = 700;
const WARM_UP_MS = 1_500;
const KEY = 'counter';

/** Read, modify, write of one key with `getForUpdate`: many clients at once against one alone, and the slowest against the mean. */
export const lockedUpdates: Benchmark = { name: 'lockedUpdates', run };

async function run({ folder, scale }: BenchmarkContext): Promise<Comparison[]> {
  const panda = await openPanda(folder);
  let updates = 0;
  const update = async (): Promise<void> => {
    await increment(panda);
    updates++;
  };
  try {
    await warmUp(1, WARM_UP_MS * scale, update);
    await warmUp(CLIENTS, WARM_UP_MS * scale, update);
    const alone: number[] = [];
    const together: number[] = [];
    const shares: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      alone.push(perSecond(await clients(1, BLOCK_MS * scale, update), BLOCK_MS * scale));
      const counts = await clients(CLIENTS, BLOCK_MS * scale, update);
      together.push(perSecond(counts, BLOCK_MS * scale));
      shares.push((Math.min(...counts) * CLIENTS) / sum(counts));
    }
    if ((await readCounter(panda)) !== updates) throw new Error('The counter does not hold the number of updates');
    const mean = median(together) / CLIENTS;
    return [
      {
        name: 'lockedUpdates',
        unit: 'commits/s',
        base: { what: 'one client alone', value: median(alone) },
        panda: { what: '64 clients, one key', value: median(together) },
        ratio: median(together.map((rate, round) => rate / alone[round]!)),
        target: { atLeast: 0.5 },
      },
      {
        name: 'lockedFairness',
        unit: 'commits/s',
        base: { what: 'the mean client', value: mean },
        panda: { what: 'the slowest client', value: median(shares) * mean },
        ratio: median(shares),
        target: { atLeast: 0.5 },
      },
    ];
  } finally {
    await panda.close();
  }
}

async function increment(panda: Database): Promise<void> {
  await panda.transact(async (transaction) => {
    const value = await transaction.getForUpdate(KEY);
    transaction.set(KEY, String(Number(value === undefined ? 0 : Buffer.from(value)) + 1));
  });
}

async function readCounter(panda: Database): Promise<number> {
  return Number(Buffer.from((await panda.get(KEY)) ?? '0').toString());
}

/** How many operations each of the clients did in the time. */
async function clients(count: number, forMs: number, operation: () => Promise<void>): Promise<number[]> {
  const end = performance.now() + forMs;
  return await Promise.all(
    Array.from({ length: count }, async () => {
      let done = 0;
      while (performance.now() < end) {
        await operation();
        done++;
      }
      return done;
    }),
  );
}

function perSecond(counts: readonly number[], ms: number): number {
  return (sum(counts) / ms) * 1_000;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
