import { setTimeout } from 'node:timers/promises';
import { openDatabase, type Mutation } from '@pandakv/core';
import { keysOf, Keyspace } from '../data.js';
import { keepInFlight, measureInRounds, median, ratioByRound, timeOf } from '../measure/index.js';
import { scaled, type Comparison } from '../benchmark.js';
import type { SqlBenchmark, SqlContext } from './sql-benchmark.js';

const AT_ONCE = 64;
const CONNECTIONS = 16;
const KEYS = 5_000;
/** Fewer on two shards, where one commit after the other fills them, and goes on until the code is compiled. */
const KEYS_PER_SHARD = 200;
const WARM_UP_COMMITS = 1_000;
const ROUNDS = 9;
const BLOCK_MS = 500;
const BLOCK_COMMITS = 20;
const ALONE_ROUNDS = 15;
/** Between commits that are measured alone: longer than what a commit leaves to do behind its answer, on one shard and on two. */
const PAUSE_MS = 15;
const TWO_SHARDS_PAUSE_MS = 40;

/** Durable commits of one row on one shard, 64 at once and alone, against upserts of the driver. */
export const commit64: SqlBenchmark = { name: 'commit64', run: runOneShard };

/** A commit on two shards alone, against the driver's own two-phase commit. */
export const commitTwoShards: SqlBenchmark = { name: 'commitTwoShards', run: runTwoShards };

async function runOneShard({ side, scale }: SqlContext): Promise<Comparison[]> {
  const keys = keysOf(scaled(KEYS, scale, 500));
  const rawKeys = new Keyspace(keys);
  const pandaKeys = new Keyspace(keys);
  const [place] = side.places;
  const raw = await place.openRaw(CONNECTIONS);
  const panda = await openDatabase({ shards: [{ id: 'a', engine: place.engine('commit64', CONNECTIONS) }] });
  const put = (): Promise<unknown> => {
    const { key, value } = rawKeys.nextWrite();
    return raw.put(key, value);
  };
  const write = (): Promise<unknown> => panda.write([{ type: 'set', ...pandaKeys.nextWrite() }]);
  try {
    // Every key is there, on both sides, before anything is measured.
    await fill(keys.length, put, write);
    const block = (operation: () => Promise<unknown>) => async () =>
      (await keepInFlight(AT_ONCE, BLOCK_MS * scale, operation)).perSecond;
    const many = await measureInRounds(scaled(ROUNDS, scale, 2), { put: block(put), write: block(write) });
    const alone = await measureAlone(scaled(ALONE_ROUNDS, scale, 2), PAUSE_MS, put, write);
    await rawKeys.verify('raw', (key) => raw.get(key));
    await pandaKeys.verify('Panda', (key) => panda.get(key));
    const atLeast = side.name === 'sqlite' ? undefined : { atLeast: 1.5 };
    const atMost = side.name === 'sqlite' ? undefined : { atMost: 1.7 };
    return [
      {
        name: 'commit64',
        unit: 'commits/s',
        base: { what: 'upsert, 64 at once', value: median(many.put) },
        panda: { what: 'write, 64 at once', value: median(many.write) },
        ratio: ratioByRound(many.write, many.put),
        target: atLeast,
      },
      {
        name: 'commitAlone',
        unit: 'ms',
        base: { what: 'upsert, alone, p50', value: median(alone.base) },
        panda: { what: 'write, alone, p50', value: median(alone.panda) },
        ratio: median(alone.panda) / median(alone.base),
        target: atMost,
      },
    ];
  } finally {
    await panda.close();
    await raw.close();
  }
}

type Keyspaces = [Keyspace, Keyspace, Keyspace, Keyspace];

async function runTwoShards({ side, scale }: SqlContext): Promise<Comparison[]> {
  const count = scaled(KEYS_PER_SHARD, scale, 10);
  const [rawA, rawB, pandaA, pandaB] = ['a:', 'b:', 'a:', 'b:'].map((prefix) => new Keyspace(keysOf(count, prefix))) as Keyspaces;
  const raw = await side.openTwoPhase();
  const panda = await openDatabase({
    shards: side.places.map((place, at) => ({ id: 'ab'[at]!, engine: place.engine('two', CONNECTIONS) })),
    splits: [{ key: 'b', shard: 'b' }],
  });
  const put = async (): Promise<unknown> => await raw.put(rawA.nextWrite(), rawB.nextWrite());
  const write = (): Promise<unknown> => {
    const mutations = [pandaA, pandaB].map((keyspace): Mutation => ({ type: 'set', ...keyspace.nextWrite() }));
    return panda.write(mutations);
  };
  try {
    // Here too every key is there, on both sides, before anything is measured.
    const warmUp = Math.max(count, scaled(WARM_UP_COMMITS, scale, 10));
    for (const operation of [put, write]) for (let i = 0; i < warmUp; i++) await operation();
    const before = panda.statistics().crossShardCommits;
    const { base, panda: own } = await measureAlone(scaled(ALONE_ROUNDS, scale, 2), TWO_SHARDS_PAUSE_MS, put, write);
    for (const keyspace of [pandaA, pandaB]) await keyspace.verify('Panda', (key) => panda.get(key));
    if (panda.statistics().crossShardCommits - before !== own.length) throw new Error('A commit was not on two shards');
    return [
      {
        name: 'commitTwoShards',
        unit: 'ms',
        base: { what: `${side.twoPhaseText}, p50`, value: median(base) },
        panda: { what: 'write on two shards, p50', value: median(own) },
        ratio: median(own) / median(base),
        target: side.name === 'sqlite' ? undefined : { atMost: 0.8 },
      },
    ];
  } finally {
    await panda.close();
    await raw.close();
  }
}

async function fill(count: number, ...operations: (() => Promise<unknown>)[]): Promise<void> {
  for (const operation of operations) {
    let left = count;
    const lane = async (): Promise<void> => {
      while (left-- > 0) await operation();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }
}

/** Milliseconds of each operation, one at a time with nothing else going on; the sides take turns. */
async function measureAlone(
  rounds: number,
  pauseMs: number,
  base: () => Promise<unknown>,
  panda: () => Promise<unknown>,
): Promise<{ base: number[]; panda: number[] }> {
  const times = { base: [] as number[], panda: [] as number[] };
  const sides = [
    { operation: base, into: times.base },
    { operation: panda, into: times.panda },
  ];
  for (let round = 0; round < rounds; round++) {
    for (const { operation, into } of sides) {
      for (let i = 0; i < BLOCK_COMMITS; i++) {
        await setTimeout(pauseMs);
        into.push(await timeOf(operation));
      }
    }
  }
  return times;
}
