import { keyOf, type FinalState, type Workload } from './workload.js';

const PAIRS = 3;

/** Pairs of keys on different shards, at least one of which is on: each transaction reads both and turns one of them off. */
export function writeSkew(): Workload {
  const pairs = Array.from({ length: PAIRS }, (_, at) => [keyOf(at * 16, 'pair'), keyOf(at * 16 + 50, 'pair')] as const);
  const isOn = (value: string | undefined): boolean => value?.startsWith('on') === true;
  return {
    name: 'write-skew',
    async setUp(client) {
      await client.transact(async (tx) => {
        for (const key of pairs.flat()) tx.set(key, `on:${client.unique()}`);
      });
    },
    async step(client) {
      const pair = client.random.pick(pairs);
      await client.transact(async (tx) => {
        const values = await tx.getMany(pair);
        if (values.every((value) => value === undefined)) return;
        if (!values.some(isOn)) throw new Error(`write-skew: both of ${pair.join(' and ')} are off`);
        const key = client.random.pick(pair);
        const other = values[pair.indexOf(key) === 0 ? 1 : 0];
        tx.set(key, `${isOn(other) && client.random.chance(0.7) ? 'off' : 'on'}:${client.unique()}`);
      });
    },
    check(_history, final: FinalState) {
      return pairs
        .filter((pair) => !pair.some((key) => isOn(final.get(key))))
        .map((pair) => `write-skew: both of ${pair.join(' and ')} are off in the end`);
    },
  };
}
