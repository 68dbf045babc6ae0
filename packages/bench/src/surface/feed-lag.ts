import type { Database } from '@pandakv/core';
import type { Benchmark, BenchmarkContext, Comparison } from '../benchmark.js';
import { openPanda, warmUp } from '../level/stores.js';
import { keepInFlight, percentile } from '../measure/index.js';

const AT_ONCE = 64;
const WARM_UP_MS = 1_000;
const FOLLOWED_MS = 4_000;
const WANTED_PER_SECOND = 20_000;
const WANTED_MS = 100;

/** A feed beside commits at full speed: how many it follows, and how long after its commit each is told. */
export const feedLag: Benchmark = { name: 'feedLag', run };

async function run({ folder, scale }: BenchmarkContext): Promise<Comparison[]> {
  const panda = await openPanda(folder);
  let written = 0;
  const write = (): Promise<unknown> => {
    const key = written++;
    // Where the value says when it was written, the feed can tell how late it is.
    return panda.write([{ type: 'set', key: `key/${key % 10_000}`, value: String(performance.now()) }]);
  };
  try {
    await warmUp(AT_ONCE, WARM_UP_MS * scale, write);
    written = 0;
    const stopped = new AbortController();
    const lags = follow(panda, stopped.signal);
    const { perSecond } = await keepInFlight(AT_ONCE, FOLLOWED_MS * scale, write);
    const last = await panda.write([{ type: 'set', key: 'last', value: String(performance.now()) }]);
    const told = await lags.until(last);
    stopped.abort();
    if (told.length !== written + 1) throw new Error(`The feed told of ${told.length} commits of ${written + 1}`);
    const lag = percentile(told, 0.99);
    return [
      {
        name: 'feedLag',
        unit: 'ms',
        base: { what: 'what is asked for', value: WANTED_MS },
        panda: { what: 'from write to feed, p99', value: lag },
        ratio: lag / WANTED_MS,
        target: { atMost: 1 },
      },
      {
        name: 'feedFollows',
        unit: 'commits/s',
        base: { what: 'what is asked for', value: WANTED_PER_SECOND },
        panda: { what: 'committed and told', value: perSecond },
        ratio: perSecond / WANTED_PER_SECOND,
        target: { atLeast: 1 },
      },
    ];
  } finally {
    await panda.close();
  }
}

/** Follows from now on. */
function follow(panda: Database, signal: AbortSignal): { until: (timestamp: number) => Promise<number[]> } {
  const lags: number[] = [];
  let reached = 0;
  let wake = (): void => undefined;
  const following = (async () => {
    for await (const { timestamp, transactions } of panda.changes({ signal })) {
      const now = performance.now();
      for (const { changes } of transactions) for (const { value } of changes) lags.push(now - Number(Buffer.from(value!)));
      reached = timestamp;
      wake();
    }
  })();
  return {
    until: async (timestamp) => {
      while (reached < timestamp) await Promise.race([new Promise<void>((resolve) => (wake = resolve)), following]);
      return lags;
    },
  };
}
