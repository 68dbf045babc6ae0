import type { Database, Mutation } from '@pandakv/core';
import { openDatabase } from '@pandakv/core';
import { percentile, timeOf } from '../measure/index.js';
import { scaled, type Benchmark, type BenchmarkContext, type Comparison } from './benchmark.js';
import { keysOf, Keyspace } from './data.js';
import { loadPanda, pandaShard } from './stores.js';

const KEYS_PER_SHARD = 2_000;
/** Commits of one kind in a row; the kinds take turns, so that both see the same machine. */
const BLOCK_COMMITS = 5;
const BLOCKS = 150;
const WARM_UP_BLOCKS = 30;

/** A commit of two keys on two shards, alone, against a commit of two keys on one shard, alone: medians of latency. */
export const commitTwoShards: Benchmark = { name: 'commitTwoShards', run };

async function run({ folder, scale }: BenchmarkContext): Promise<Comparison[]> {
  const count = scaled(KEYS_PER_SHARD, scale, 200);
  const onA = new Keyspace(keysOf(count, 'a:'));
  const onB = new Keyspace(keysOf(count, 'b:'));
  const panda = await openDatabase({
    shards: [pandaShard(folder, 'a'), pandaShard(folder, 'b')],
    splits: [{ key: 'b', shard: 'b' }],
  });
  try {
    await loadPanda(panda, onA);
    await loadPanda(panda, onB);
    await alternate(panda, scaled(WARM_UP_BLOCKS, scale, 2), onA, onB);
    const before = panda.statistics();
    const blocks = scaled(BLOCKS, scale, 4);
    const { one, two } = await alternate(panda, blocks, onA, onB);
    const across = panda.statistics().crossShardCommits - before.crossShardCommits;
    if (across !== two.length) throw new Error(`${across} of ${two.length} commits were on two shards`);
    for (const keyspace of [onA, onB]) await keyspace.verify('Panda', (key) => panda.get(key));
    const compare = (name: string, label: string, p: number): Comparison => {
      const base = percentile(one, p);
      const value = percentile(two, p);
      return {
        name,
        unit: 'ms',
        base: { what: `write on one shard, ${label}`, value: base },
        panda: { what: `write on two shards, ${label}`, value },
        ratio: value / base,
      };
    };
    return [{ ...compare('commitTwoShards', 'p50', 0.5), target: { atMost: 1.6 } }, compare('commitTwoShardsP90', 'p90', 0.9)];
  } finally {
    await panda.close();
  }
}

/** Milliseconds of each commit, one at a time. */
async function alternate(panda: Database, blocks: number, a: Keyspace, b: Keyspace): Promise<{ one: number[]; two: number[] }> {
  const set = (keyspace: Keyspace): Mutation => ({ type: 'set', ...keyspace.nextWrite() });
  const one: number[] = [];
  const two: number[] = [];
  for (let block = 0; block < blocks; block++) {
    const alone = block % 2 === 0 ? a : b;
    for (let i = 0; i < BLOCK_COMMITS; i++) {
      const mutations = [set(alone), set(alone)];
      one.push(await timeOf(() => panda.write(mutations)));
    }
    for (let i = 0; i < BLOCK_COMMITS; i++) {
      const mutations = [set(a), set(b)];
      two.push(await timeOf(() => panda.write(mutations)));
    }
  }
  return { one, two };
}
