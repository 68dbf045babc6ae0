import { keepInFlight, measureInRounds, median, ratioByRound, seededRandom, shuffled } from '../measure/index.js';
import { scaled, type Benchmark, type BenchmarkContext, type Comparison } from '../benchmark.js';
import { keysOf, Keyspace } from '../data.js';
import { loadPanda, loadRaw, openPanda, openRaw, warmUp } from './stores.js';

const AT_ONCE = 64;
const KEYS = 100_000;
const ROUNDS = 15;
const BLOCK_MS = 250;
const WARM_UP_MS = 600;

/** Room for a few hundred of the rows: next to no key is in Panda's cache when its turn comes again. */
const PANDA_CACHE_BYTES = 65_536;

/** Gets of keys that are not in Panda's cache, 64 at once, in random order, against gets of LevelDB. */
export const getUncached: Benchmark = { name: 'getUncached', run };

async function run({ folder, scale }: BenchmarkContext): Promise<Comparison[]> {
  const keys = keysOf(scaled(KEYS, scale, 5_000));
  const rawKeys = new Keyspace(keys);
  const pandaKeys = new Keyspace(keys);
  const order = shuffled(keys.length, seededRandom(2));
  await load(folder, rawKeys, pandaKeys);
  const raw = await openRaw(folder);
  const panda = await openPanda(folder, 'panda', { cacheBytes: PANDA_CACHE_BYTES });
  let rawAt = 0;
  let pandaAt = 0;
  const rawGet = (): Promise<unknown> => raw.get(keys[order[rawAt++ % order.length]!]!);
  const pandaGet = (): Promise<unknown> => panda.get(keys[order[pandaAt++ % order.length]!]!);
  try {
    await warmUp(AT_ONCE, WARM_UP_MS * scale, rawGet, pandaGet);
    const block = (get: () => Promise<unknown>) => async () => (await keepInFlight(AT_ONCE, BLOCK_MS * scale, get)).perSecond;
    const figures = await measureInRounds(scaled(ROUNDS, scale, 2), { raw: block(rawGet), panda: block(pandaGet) });
    await rawKeys.verify('raw', (key) => raw.get(key));
    await pandaKeys.verify('Panda', (key) => panda.get(key));
    return [
      {
        name: 'getUncached',
        unit: 'gets/s',
        base: { what: 'get, 64 at once', value: median(figures.raw) },
        panda: { what: 'get, not cached, 64 at once', value: median(figures.panda) },
        ratio: ratioByRound(figures.panda, figures.raw),
        target: { atLeast: 0.7 },
      },
    ];
  } finally {
    await panda.close();
    await raw.close();
  }
}

/** Fills both stores and closes them: opened again, both read from table files. */
async function load(folder: string, rawKeys: Keyspace, pandaKeys: Keyspace): Promise<void> {
  const raw = await openRaw(folder);
  await loadRaw(raw, rawKeys);
  await raw.close();
  const panda = await openPanda(folder);
  await loadPanda(panda, pandaKeys);
  await panda.close();
}
