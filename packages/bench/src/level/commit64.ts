import { keepInFlight, measureInRounds, median, ratioByRound } from '../measure/index.js';
import { scaled, type Benchmark, type BenchmarkContext, type Comparison } from '../benchmark.js';
import { keysOf, Keyspace } from '../data.js';
import { loadPanda, loadRaw, openPanda, openRaw, SYNC, warmUp } from './stores.js';

const AT_ONCE = 64;
const KEYS = 10_000;
const ROUNDS = 15;
const BLOCK_MS = 300;
const WARM_UP_MS = 1_000;

/** Durable commits on one shard, 64 at once, over keys that are there, against durable puts of LevelDB. */
export const commit64: Benchmark = { name: 'commit64', run };

async function run({ folder, scale }: BenchmarkContext): Promise<Comparison[]> {
  const keys = keysOf(scaled(KEYS, scale, 1_000));
  const rawKeys = new Keyspace(keys);
  const pandaKeys = new Keyspace(keys);
  const raw = await openRaw(folder);
  const panda = await openPanda(folder);

  const put = (): Promise<void> => {
    const { key, value } = rawKeys.nextWrite();
    return raw.put(key, value, SYNC);
  };
  const write = (): Promise<unknown> => {
    const { key, value } = pandaKeys.nextWrite();
    return panda.write([{ type: 'set', key, value }]);
  };
  const transact = (): Promise<unknown> => {
    const { key, value } = pandaKeys.nextWrite();
    return panda.transact((transaction) => transaction.set(key, value));
  };
  try {
    await loadRaw(raw, rawKeys);
    await loadPanda(panda, pandaKeys);
    await warmUp(AT_ONCE, WARM_UP_MS * scale, put, write, transact);
    const block = (operation: () => Promise<unknown>) => async () =>
      (await keepInFlight(AT_ONCE, BLOCK_MS * scale, operation)).perSecond;
    const figures = await measureInRounds(scaled(ROUNDS, scale, 2), {
      put: block(put),
      write: block(write),
      transact: block(transact),
    });
    await rawKeys.verify('raw', (key) => raw.get(key));
    await pandaKeys.verify('Panda', (key) => panda.get(key));
    const base = { what: 'put, sync, 64 at once', value: median(figures.put) };
    return [
      {
        name: 'commit64',
        unit: 'commits/s',
        base,
        panda: { what: 'write, 64 at once', value: median(figures.write) },
        ratio: ratioByRound(figures.write, figures.put),
        target: { atLeast: 3 },
      },
      {
        name: 'transact64',
        unit: 'commits/s',
        base,
        panda: { what: 'transact, 64 at once', value: median(figures.transact) },
        ratio: ratioByRound(figures.transact, figures.put),
      },
    ];
  } finally {
    await panda.close();
    await raw.close();
  }
}
