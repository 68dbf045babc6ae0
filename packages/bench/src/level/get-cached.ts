import { keepInFlight, measureInRounds, median, ratioByRound, seededRandom, shuffled } from '../measure/index.js';
import { scaled, type Benchmark, type BenchmarkContext, type Comparison } from '../benchmark.js';
import { keysOf, Keyspace } from '../data.js';
import { loadPanda, loadRaw, openPanda, openRaw, warmUp } from './stores.js';

const AT_ONCE = 64;
const KEYS = 10_000;
const ROUNDS = 15;
const BLOCK_MS = 200;
const WARM_UP_MS = 500;

/** Gets of keys in Panda's cache, 64 at once, in random order, against gets of LevelDB, which has them in memory too. */
export const getCached: Benchmark = { name: 'getCached', run };

async function run({ folder, scale }: BenchmarkContext): Promise<Comparison[]> {
  const keys = keysOf(scaled(KEYS, scale, 1_000));
  const rawKeys = new Keyspace(keys);
  const pandaKeys = new Keyspace(keys);
  const order = shuffled(keys.length, seededRandom(1));
  const raw = await openRaw(folder);
  const panda = await openPanda(folder);
  const keyAt = (number: number): Buffer => keys[order[number % order.length]!]!;
  const rawGet = (number: number): Promise<unknown> => raw.get(keyAt(number));
  const pandaGet = (number: number): Promise<unknown> => panda.get(keyAt(number));
  try {
    await loadRaw(raw, rawKeys);
    await loadPanda(panda, pandaKeys);
    for (const key of keys) await panda.get(key);
    await warmUp(AT_ONCE, WARM_UP_MS * scale, rawGet, pandaGet);
    const block = (get: (number: number) => Promise<unknown>) => async () =>
      (await keepInFlight(AT_ONCE, BLOCK_MS * scale, get)).perSecond;
    const figures = await measureInRounds(scaled(ROUNDS, scale, 2), { raw: block(rawGet), panda: block(pandaGet) });
    await rawKeys.verify('raw', (key) => raw.get(key));
    await pandaKeys.verify('Panda', (key) => panda.get(key));
    return [
      {
        name: 'getCached',
        unit: 'gets/s',
        base: { what: 'get, 64 at once', value: median(figures.raw) },
        panda: { what: 'get, cached, 64 at once', value: median(figures.panda) },
        ratio: ratioByRound(figures.panda, figures.raw),
        target: { atLeast: 2 },
      },
    ];
  } finally {
    await panda.close();
    await raw.close();
  }
}
