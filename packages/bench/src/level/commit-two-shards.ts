import { setTimeout } from 'node:timers/promises';
import type { Database, Mutation } from '@pandakv/core';
import { openDatabase } from '@pandakv/core';
import { percentile, timeOf } from '../measure/index.js';
import { scaled, type Benchmark, type BenchmarkContext, type Comparison } from '../benchmark.js';
import { keysOf, Keyspace } from '../data.js';
import { loadPanda, pandaShard } from './stores.js';

const KEYS_PER_SHARD = 2_000;
/** Commits of one kind in a row; the kinds take turns, so that both see the same machine. */
const BLOCK_COMMITS = 5;
const BLOCKS_ALONE = 30;
const BLOCKS_IN_A_ROW = 150;
const WARM_UP_BLOCKS = 30;
/** Longer than what a cross-shard commit leaves to do behind its answer. */
const PAUSE_MS = 15;

/** A commit of two keys on two shards against a commit of two keys on one shard: medians of latency. */
export const commitTwoShards: Benchmark = { name: 'commitTwoShards', run };

interface Latencies {
  readonly one: number[];
  readonly two: number[];
}

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
    await alternate(panda, scaled(WARM_UP_BLOCKS, scale, 2), onA, onB, 0);
    const before = panda.statistics();
    const alone = await alternate(panda, scaled(BLOCKS_ALONE, scale, 4), onA, onB, PAUSE_MS);
    const inARow = await alternate(panda, scaled(BLOCKS_IN_A_ROW, scale, 4), onA, onB, 0);
    const across = panda.statistics().crossShardCommits - before.crossShardCommits;
    const expected = alone.two.length + inARow.two.length;
    if (across !== expected) throw new Error(`${across} of ${expected} commits were on two shards`);
    for (const keyspace of [onA, onB]) await keyspace.verify('Panda', (key) => panda.get(key));
    return [
      { ...compare('commitTwoShards', 'alone, p50', alone, 0.5), target: { atMost: 1.6 } },
      compare('commitTwoShardsP90', 'alone, p90', alone, 0.9),
      compare('commitTwoShardsInARow', 'one after another, p50', inARow, 0.5),
    ];
  } finally {
    await panda.close();
  }
}

function compare(name: string, label: string, { one, two }: Latencies, p: number): Comparison {
  const base = percentile(one, p);
  const value = percentile(two, p);
  return {
    name,
    unit: 'ms',
    base: { what: `write on one shard, ${label}`, value: base },
    panda: { what: `write on two shards, ${label}`, value },
    ratio: value / base,
  };
}

/**
 * Milliseconds of each commit, one at a time. With a pause each is alone: what the one before left to do behind its answer has
 * ended. Without, the two kinds also bear what the other's commits left behind.
 */
async function alternate(panda: Database, blocks: number, a: Keyspace, b: Keyspace, pauseMs: number): Promise<Latencies> {
  const set = (keyspace: Keyspace): Mutation => ({ type: 'set', ...keyspace.nextWrite() });
  const commit = async (keyspaces: readonly [Keyspace, Keyspace]): Promise<number> => {
    if (pauseMs > 0) await setTimeout(pauseMs);
    const mutations = keyspaces.map(set);
    return await timeOf(() => panda.write(mutations));
  };
  const one: number[] = [];
  const two: number[] = [];
  for (let block = 0; block < blocks; block++) {
    const alone = block % 2 === 0 ? a : b;
    for (let i = 0; i < BLOCK_COMMITS; i++) one.push(await commit([alone, alone]));
    for (let i = 0; i < BLOCK_COMMITS; i++) two.push(await commit([a, b]));
  }
  return { one, two };
}
