import type { Database } from '@pandakv/core';
import { scaled, type Benchmark, type BenchmarkContext, type Comparison } from '../benchmark.js';
import { openPanda } from '../level/stores.js';
import { keepInFlight } from '../measure/index.js';

const VERSIONS = 200_000;
const KEYS = 1_000;
const AT_ONCE = 64;
const BLOCK_MS = 2_000;
const WANTED_SECONDS = 10;
const RETENTION_MS = 5_000;

/** Removes superseded versions while commits go on: how long it takes, and what the commits notice. */
export const collector: Benchmark = { name: 'collector', run };

async function run({ folder, scale }: BenchmarkContext): Promise<Comparison[]> {
  const panda = await openPanda(folder);
  try {
    const versions = scaled(VERSIONS, scale, 10 * KEYS);
    await supersede(panda, versions);
    await new Promise((resolve) => setTimeout(resolve, RETENTION_MS));
    let next = 0;
    const commit = (): Promise<unknown> => {
      const number = next++;
      return panda.write([{ type: 'set', key: `other/${String(number).padStart(9, '0')}`, value: Buffer.alloc(100, number) }]);
    };
    const before = (await keepInFlight(AT_ONCE, BLOCK_MS * scale, commit)).perSecond;
    // All of them are due by now, and what is committed meanwhile supersedes nothing.
    await panda.retention.set(RETENTION_MS);
    const start = performance.now();
    let seconds = Infinity;
    const collecting = panda.retention.collect().then(() => (seconds = (performance.now() - start) / 1_000));
    const during: number[] = [];
    while (seconds === Infinity) during.push((await keepInFlight(AT_ONCE, 200, commit)).perSecond);
    await collecting;
    const { shards } = await panda.retention.status();
    if (shards.some(({ lagMs }) => lagMs > 60_000)) throw new Error('The collector has left versions behind');
    const rate = during.reduce((sum, perSecond) => sum + perSecond, 0) / during.length;
    return [
      {
        name: 'collector',
        unit: 'rows/s',
        base: { what: 'what is asked for', value: VERSIONS / WANTED_SECONDS },
        panda: { what: `${versions} versions removed`, value: versions / seconds },
        ratio: versions / seconds / (VERSIONS / WANTED_SECONDS),
        target: { atLeast: 1 },
      },
      {
        name: 'commitsWhileCollecting',
        unit: 'commits/s',
        base: { what: 'write before, 64 at once', value: before },
        panda: { what: 'write meanwhile', value: rate },
        ratio: rate / before,
        target: { atLeast: 0.8 },
      },
    ];
  } finally {
    await panda.close();
  }
}

async function supersede(panda: Database, versions: number): Promise<void> {
  for (let round = 0; round <= versions / KEYS; round++) {
    const mutations = Array.from({ length: KEYS }, (_, at) => ({
      type: 'set' as const,
      key: `key/${at}`,
      value: Buffer.alloc(100, round),
    }));
    await panda.write(mutations);
  }
}
