import { setTimeout } from 'node:timers/promises';
import type { Database } from '@pandakv/core';
import { scaled, type Benchmark, type BenchmarkContext, type Comparison } from '../benchmark.js';
import { openPanda } from '../level/stores.js';
import { median } from '../measure/index.js';

const OPERATIONS = 1_000_000;
const LENGTH = 1_000;
const BATCH = 500;
const READS = 400;
/** Deletes before the first look. */
const FIRST = 20_000;
const SETTLE_MS = 2_000;

/** A queue, with inserts at its tail and deletes at its head: whether the head is read as fast at the end as at the start. */
export const queue: Benchmark = { name: 'queueHead', run };

async function run({ folder, scale }: BenchmarkContext): Promise<Comparison[]> {
  const panda = await openPanda(folder);
  try {
    let tail = 0;
    let head = 0;
    const step = async (): Promise<void> => {
      await panda.write([
        ...Array.from({ length: BATCH }, () => ({ type: 'set' as const, key: keyOf(tail++), value: Buffer.alloc(100, tail) })),
        ...(tail > LENGTH ? Array.from({ length: BATCH }, () => ({ type: 'delete' as const, key: keyOf(head++) })) : []),
      ]);
    };
    const until = async (deleted: number): Promise<number> => {
      while (head < deleted) await step();
      // LevelDB is still busy with what was written.
      await setTimeout(SETTLE_MS * scale);
      return await readHead(panda);
    };
    // Not of an empty store, which is all in memory.
    const start = await until(scaled(FIRST, scale, LENGTH));
    const end = await until(scaled(OPERATIONS / 2, scale, 4 * LENGTH));
    return [
      {
        name: 'queueHead',
        unit: 'µs',
        base: { what: 'head read at the start', value: start },
        panda: { what: `after ${tail + head} operations`, value: end },
        ratio: end / start,
        target: { atMost: 1.2 },
      },
    ];
  } finally {
    await panda.close();
  }
}

function keyOf(number: number): string {
  return `queue/${String(number).padStart(10, '0')}`;
}

/** Microseconds for the first entry. */
async function readHead(panda: Database): Promise<number> {
  const times: number[] = [];
  for (let at = 0; at < READS; at++) {
    const start = performance.now();
    const { done } = await panda.scan({ start: 'queue/', end: 'queue0' }, { limit: 1 }).next();
    if (done === true) throw new Error('The queue is empty');
    times.push((performance.now() - start) * 1_000);
  }
  return median(times);
}
