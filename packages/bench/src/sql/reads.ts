import { openDatabase, range, type Database } from '@pandakv/core';
import { keysOf, Keyspace } from '../data.js';
import { keepInFlight, measureInRounds, median, ratioByRound, seededRandom, shuffled, timeOf } from '../measure/index.js';
import { scaled, type Comparison } from '../benchmark.js';
import type { RawStore } from './raw-store.js';
import type { SqlBenchmark, SqlContext } from './sql-benchmark.js';

const AT_ONCE = 32;
const CONNECTIONS = 16;
const KEYS = 20_000;
const CACHED_KEYS = 2_000;
const ROUNDS = 9;
const BLOCK_MS = 300;
const GETS = 100;
const SCANS = 20;
const SCAN_ROWS = 1_000;
const LOAD_AT_ONCE = 64;

/** Room for a few hundred of the rows: next to no key is in Panda's cache when its turn comes again. */
const SMALL_CACHE_BYTES = 65_536;

/** Gets and scans against the driver's own. */
export const reads: SqlBenchmark = { name: 'getCached', run };

interface Stores {
  readonly raw: RawStore;
  readonly panda: Database;
  readonly keys: readonly Buffer[];
  readonly scale: number;
  readonly isSqlite: boolean;
}

async function run({ side, scale }: SqlContext): Promise<Comparison[]> {
  const keys = keysOf(scaled(KEYS, scale, 2_000));
  const [place] = side.places;
  const raw = await place.openRaw(CONNECTIONS);
  const engine = (): ReturnType<typeof place.engine> => place.engine('reads', CONNECTIONS);
  const rawKeys = new Keyspace(keys);
  const pandaKeys = new Keyspace(keys);
  try {
    const filled = await openDatabase({ shards: [{ id: 'a', engine: engine() }] });
    await load(raw, rawKeys, filled, pandaKeys);
    const cached = await measureCached({ raw, panda: filled, keys, scale, isSqlite: side.name === 'sqlite' });
    await filled.close();
    const panda = await openDatabase({ shards: [{ id: 'a', engine: engine() }], cacheBytes: SMALL_CACHE_BYTES });
    try {
      const stores = { raw, panda, keys, scale, isSqlite: side.name === 'sqlite' };
      const comparisons = [cached, await measureUncached(stores), ...(await measureScan(stores))];
      await rawKeys.verify('raw', (key) => raw.get(key));
      await pandaKeys.verify('Panda', (key) => panda.get(key));
      return comparisons;
    } finally {
      await panda.close();
    }
  } finally {
    await raw.close();
  }
}

async function load(raw: RawStore, rawKeys: Keyspace, panda: Database, pandaKeys: Keyspace): Promise<void> {
  let left = rawKeys.keys.length;
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const { key, value } = rawKeys.nextWrite();
      await Promise.all([raw.put(key, value), panda.write([{ type: 'set', ...pandaKeys.nextWrite() }])]);
    }
  };
  await Promise.all(Array.from({ length: LOAD_AT_ONCE }, lane));
}

async function measureCached({ raw, panda, keys, scale, isSqlite }: Stores): Promise<Comparison> {
  const hot = keys.slice(0, CACHED_KEYS);
  const rawGet = (number: number): Promise<unknown> => raw.get(hot[number % hot.length]!);
  const pandaGet = (number: number): Promise<unknown> => panda.get(hot[number % hot.length]!);
  for (const key of hot) await panda.get(key);
  const block = (get: (number: number) => Promise<unknown>) => async () =>
    (await keepInFlight(AT_ONCE, BLOCK_MS * scale, get)).perSecond;
  const figures = await measureInRounds(scaled(ROUNDS, scale, 2), { raw: block(rawGet), panda: block(pandaGet) });
  return {
    name: 'getCached',
    unit: 'gets/s',
    base: { what: `select, ${AT_ONCE} at once`, value: median(figures.raw) },
    panda: { what: `get, cached, ${AT_ONCE} at once`, value: median(figures.panda) },
    ratio: ratioByRound(figures.panda, figures.raw),
    target: isSqlite ? undefined : { atLeast: 5 },
  };
}

async function measureUncached({ raw, panda, keys, scale, isSqlite }: Stores): Promise<Comparison> {
  const order = shuffled(keys.length, seededRandom(2));
  let at = 0;
  const times = { raw: [] as number[], panda: [] as number[] };
  for (let round = 0; round < scaled(ROUNDS, scale, 2); round++) {
    for (let i = 0; i < GETS; i++) times.raw.push(await timeOf(() => raw.get(keys[order[at++ % order.length]!]!)));
    for (let i = 0; i < GETS; i++) times.panda.push(await timeOf(() => panda.get(keys[order[at++ % order.length]!]!)));
  }
  return {
    name: 'getUncached',
    unit: 'ms',
    base: { what: 'select, alone, p50', value: median(times.raw) },
    panda: { what: 'get, not cached, alone, p50', value: median(times.panda) },
    ratio: median(times.panda) / median(times.raw),
    target: isSqlite ? undefined : { atMost: 1.3 },
  };
}

async function measureScan({ raw, panda, keys, scale, isSqlite }: Stores): Promise<Comparison[]> {
  const random = seededRandom(3);
  const start = (): Buffer => keys[Math.floor(random() * (keys.length - SCAN_ROWS))]!;
  const times = { raw: [] as number[], array: [] as number[], each: [] as number[] };
  for (let round = 0; round < scaled(ROUNDS, scale, 2); round++) {
    for (let i = 0; i < SCANS; i++) times.raw.push(await timeOf(async () => check(await raw.scan(start(), SCAN_ROWS))));
    for (let i = 0; i < SCANS; i++) times.array.push(await timeOf(async () => check(await scanToArray(panda, start()))));
    for (let i = 0; i < SCANS; i++) times.each.push(await timeOf(async () => check(await scanEach(panda, start()))));
  }
  const base = { what: 'select of 1,000 rows, p50', value: median(times.raw) };
  return [
    {
      name: 'scan1000',
      unit: 'ms',
      base,
      panda: { what: 'scan of 1,000 keys, to an array, p50', value: median(times.array) },
      ratio: median(times.array) / median(times.raw),
      target: isSqlite ? undefined : { atMost: 1.3 },
    },
    {
      name: 'scan1000Each',
      unit: 'ms',
      base,
      panda: { what: 'scan of 1,000 keys, for await, p50', value: median(times.each) },
      ratio: median(times.each) / median(times.raw),
    },
  ];
}

interface Scanned {
  readonly rows: number;
  readonly bytes: number;
}

async function scanToArray(panda: Database, start: Buffer): Promise<Scanned> {
  const entries = await panda.scan(range(start), { limit: SCAN_ROWS }).toArray();
  return { rows: entries.length, bytes: entries.reduce((bytes, [key, value]) => bytes + key.length + value.length, 0) };
}

async function scanEach(panda: Database, start: Buffer): Promise<Scanned> {
  let rows = 0;
  let bytes = 0;
  for await (const [key, value] of panda.scan(range(start), { limit: SCAN_ROWS })) {
    rows++;
    bytes += key.length + value.length;
  }
  return { rows, bytes };
}

function check({ rows, bytes }: { rows: number; bytes: number }): void {
  if (rows !== SCAN_ROWS || bytes < SCAN_ROWS * 100) throw new Error(`A scan brought ${rows} rows of ${bytes} bytes`);
}
