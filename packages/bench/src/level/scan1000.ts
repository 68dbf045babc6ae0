import { range, type Database } from '@pandakv/core';
import { keepInFlight, measureInRounds, median, ratioByRound, seededRandom } from '../measure/index.js';
import { scaled, type Benchmark, type BenchmarkContext, type Comparison } from '../benchmark.js';
import { keysOf, Keyspace } from '../data.js';
import { loadPanda, loadRaw, openPanda, openRaw, warmUp, type Raw } from './stores.js';

const ROWS = 1_000;
const KEYS = 50_000;
const ROUNDS = 15;
const BLOCK_MS = 200;
const WARM_UP_MS = 600;

/** Scans of 1,000 current keys, one after another, from random keys on, against the same with an iterator of LevelDB. */
export const scan1000: Benchmark = { name: 'scan1000', run };

async function run({ folder, scale }: BenchmarkContext): Promise<Comparison[]> {
  const keys = keysOf(scaled(KEYS, scale, 5_000));
  const rawKeys = new Keyspace(keys);
  const pandaKeys = new Keyspace(keys);
  const raw = await openRaw(folder);
  const panda = await openPanda(folder);
  const random = seededRandom(3);
  const starts = Array.from({ length: 1_000 }, () => keys[Math.floor(random() * (keys.length - ROWS))]!);
  const startAt = (number: number): Buffer => starts[number % starts.length]!;
  const iterate = (number: number): Promise<void> => scanRaw(raw, startAt(number));
  const all = (number: number): Promise<void> => scanRawAtOnce(raw, startAt(number));
  const scan = (number: number): Promise<void> => scanPanda(panda, startAt(number));
  try {
    await loadRaw(raw, rawKeys);
    await loadPanda(panda, pandaKeys);
    await warmUp(1, WARM_UP_MS * scale, iterate, all, scan);
    const block = (operation: (number: number) => Promise<void>) => async () =>
      (await keepInFlight(1, BLOCK_MS * scale, operation)).perSecond * ROWS;
    const figures = await measureInRounds(scaled(ROUNDS, scale, 2), {
      iterate: block(iterate),
      scan: block(scan),
      all: block(all),
    });
    await rawKeys.verify('raw', (key) => raw.get(key));
    await verifyScan(panda, pandaKeys);
    const figure = { what: 'for await of scan', value: median(figures.scan) };
    return [
      {
        name: 'scan1000',
        unit: 'rows/s',
        base: { what: 'for await of iterator', value: median(figures.iterate) },
        panda: figure,
        ratio: ratioByRound(figures.scan, figures.iterate),
        target: { atLeast: 0.7 },
      },
      {
        name: 'scan1000VsAll',
        unit: 'rows/s',
        base: { what: 'iterator.all()', value: median(figures.all) },
        panda: figure,
        ratio: ratioByRound(figures.scan, figures.all),
      },
    ];
  } finally {
    await panda.close();
    await raw.close();
  }
}

async function scanPanda(panda: Database, start: Uint8Array): Promise<void> {
  let rows = 0;
  let bytes = 0;
  for await (const [key, value] of panda.scan(range(start), { limit: ROWS })) {
    rows++;
    bytes += key.length + value.length;
  }
  check(rows, bytes);
}

async function scanRaw(raw: Raw, start: Uint8Array): Promise<void> {
  let rows = 0;
  let bytes = 0;
  for await (const [key, value] of raw.iterator({ gte: start, limit: ROWS })) {
    rows++;
    bytes += key.length + value.length;
  }
  check(rows, bytes);
}

async function scanRawAtOnce(raw: Raw, start: Uint8Array): Promise<void> {
  let rows = 0;
  let bytes = 0;
  for (const [key, value] of await raw.iterator({ gte: start, limit: ROWS }).all()) {
    rows++;
    bytes += key.length + value.length;
  }
  check(rows, bytes);
}

function check(rows: number, bytes: number): void {
  if (rows !== ROWS || bytes < ROWS * 100) throw new Error(`A scan brought ${rows} rows of ${bytes} bytes`);
}

/** Every row of one scan holds what was written. */
async function verifyScan(panda: Database, keyspace: Keyspace): Promise<void> {
  const found = new Map<string, Uint8Array>();
  for await (const [key, value] of panda.scan(range())) found.set(Buffer.from(key).toString(), value);
  if (found.size !== keyspace.keys.length) throw new Error(`Panda: a scan brought ${found.size} of ${keyspace.keys.length} keys`);
  await keyspace.verify('Panda', (key) => Promise.resolve(found.get(key.toString())));
}
