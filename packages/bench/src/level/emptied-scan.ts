import { setTimeout } from 'node:timers/promises';
import { prefix, type Database, type Mutation } from '@pandakv/core';
import { median, ratioByRound } from '../measure/index.js';
import { scaled, type Benchmark, type BenchmarkContext, type Comparison } from '../benchmark.js';
import { keysOf, valueOf } from '../data.js';
import { openPanda } from './stores.js';

const KEYS = 1_000;
const TIMES = 100;
const KEYS_PER_TRANSACTION = 100;
const REPETITIONS = 5;
const SCANS_AFTER_FIRST = 25;
const WARM_UP_SCANS = 3_000;
/** So that LevelDB's compaction of what came before does not run beside the one scan that is timed. */
const SETTLE_MS = 100;

/** Where the keys come and go, with others on both sides that stay. */
const RANGE = prefix('queue:');
const OTHERS = [...keysOf(10, 'other:'), ...keysOf(10, 'rest:')];

/** Microseconds of scans of the range. */
interface Timings {
  /** The very first one since the store was made (and emptied). */
  readonly first: number;
  /** The median of those after it. */
  readonly later: number;
  /** The first one after closing the store and opening it again. */
  readonly reopened: number;
}

/** A scan of a range in which 1,000 keys came and went 100 times, against the same scan of a store that never held them. */
export const emptiedScan: Benchmark = { name: 'emptiedScan', run };

async function run({ folder, scale }: BenchmarkContext): Promise<Comparison[]> {
  await warmUp(folder, scaled(WARM_UP_SCANS, scale, 100));
  const fresh: Timings[] = [];
  const emptied: Timings[] = [];
  for (let repetition = 0; repetition < scaled(REPETITIONS, scale, 1); repetition++) {
    fresh.push(await measure(folder, `fresh${repetition}`, () => Promise.resolve()));
    emptied.push(await measure(folder, `emptied${repetition}`, (panda) => comeAndGo(panda, scaled(TIMES, scale, 2))));
  }
  const compare = (name: string, what: string, timing: keyof Timings): Comparison => {
    const base = fresh.map((timings) => timings[timing]);
    const values = emptied.map((timings) => timings[timing]);
    return {
      name,
      unit: 'µs',
      base: { what: `${what}, fresh`, value: median(base) },
      panda: { what: `${what}, emptied`, value: median(values) },
      ratio: ratioByRound(values, base),
    };
  };
  return [
    { ...compare('emptiedScan', 'first scan', 'first'), target: { atMost: 1.5 } },
    compare('emptiedScanLater', 'later scans', 'later'),
    compare('emptiedScanReopened', 'first scan, reopened', 'reopened'),
  ];
}

/** Makes a store, lets `prepare` do its work, and scans the range. */
async function measure(folder: string, name: string, prepare: (panda: Database) => Promise<void>): Promise<Timings> {
  let panda = await openPanda(folder, name);
  try {
    await panda.write(OTHERS.map((key, index) => ({ type: 'set', key, value: valueOf(index) })));
    await prepare(panda);
    await setTimeout(SETTLE_MS);
    const first = await scanTime(panda);
    const later: number[] = [];
    for (let scan = 0; scan < SCANS_AFTER_FIRST; scan++) later.push(await scanTime(panda));
    await panda.close();
    panda = await openPanda(folder, name);
    const reopened = await scanTime(panda);
    return { first, later: median(later), reopened };
  } finally {
    await panda.close();
  }
}

/** Inserts and deletes all keys, one by one, in transactions of 100 keys. */
async function comeAndGo(panda: Database, times: number): Promise<void> {
  const keys = keysOf(KEYS, 'queue:');
  let writes = 0;
  const inTransactions = async (mutationOf: (key: Buffer) => Mutation): Promise<void> => {
    const commits: Promise<unknown>[] = [];
    for (let at = 0; at < keys.length; at += KEYS_PER_TRANSACTION) {
      commits.push(panda.write(keys.slice(at, at + KEYS_PER_TRANSACTION).map(mutationOf)));
    }
    await Promise.all(commits);
  };
  for (let time = 0; time < times; time++) {
    await inTransactions((key) => ({ type: 'set', key, value: valueOf(writes++) }));
    if (time === 0) await checkHeld(panda, keys);
    await inTransactions((key) => ({ type: 'delete', key }));
  }
}

async function checkHeld(panda: Database, keys: readonly Buffer[]): Promise<void> {
  const values = await panda.getMany(keys);
  if (values.some((value) => value === undefined)) throw new Error('Panda: a key that was inserted is not there');
}

/** Microseconds. */
async function scanTime(panda: Database): Promise<number> {
  const begin = performance.now();
  const scan = panda.scan(RANGE, { limit: KEYS });
  const { done } = await scan.next();
  const took = (performance.now() - begin) * 1000;
  if (done !== true) throw new Error('Panda: a range that was emptied holds a row');
  return took;
}

/** So that the first scans that count run compiled code. */
async function warmUp(folder: string, scans: number): Promise<void> {
  const panda = await openPanda(folder, 'warm-up');
  try {
    await comeAndGo(panda, 2);
    for (let scan = 0; scan < scans; scan++) await scanTime(panda);
  } finally {
    await panda.close();
  }
}
