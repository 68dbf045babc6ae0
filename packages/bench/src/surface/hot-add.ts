import { int64Of } from '@pandakv/core';
import type { Benchmark, BenchmarkContext, Comparison } from '../benchmark.js';
import { openPanda, warmUp } from '../level/stores.js';
import { keepInFlight, median } from '../measure/index.js';

const AT_ONCE = 64;
const ROUNDS = 7;
const BLOCK_MS = 700;
const WARM_UP_MS = 1_500;
const WANTED_PER_SECOND = 20_000;
const KEY = 'counter';

/** Durable atomic additions to one key, 64 at once. */
export const hotAdd: Benchmark = { name: 'hotAdd', run };

async function run({ folder, scale }: BenchmarkContext): Promise<Comparison[]> {
  const panda = await openPanda(folder);
  let added = 0;
  const add = (): Promise<unknown> => {
    added++;
    return panda.write([{ type: 'add', key: KEY, amount: 1 }]);
  };
  try {
    await warmUp(AT_ONCE, WARM_UP_MS * scale, add);
    const rates: number[] = [];
    for (let round = 0; round < ROUNDS; round++) rates.push((await keepInFlight(AT_ONCE, BLOCK_MS * scale, add)).perSecond);
    const value = await panda.get(KEY);
    if (value === undefined || int64Of(value) !== BigInt(added))
      throw new Error('The counter does not hold the sum of what was added');
    const rate = median(rates);
    return [
      {
        name: 'hotAdd',
        unit: 'commits/s',
        base: { what: 'what is asked for', value: WANTED_PER_SECOND },
        panda: { what: 'add to one key, 64 at once', value: rate },
        ratio: rate / WANTED_PER_SECOND,
        target: { atLeast: 1 },
      },
    ];
  } finally {
    await panda.close();
  }
}
