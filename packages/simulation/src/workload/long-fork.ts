import type { History } from './history.js';
import { keyOf, type Workload } from './workload.js';

const KEYS_OF_FORK = 4;

/** Counters on different shards, each raised by itself, and readers of all: no two may see two raises in opposite orders. */
export function longFork(): Workload {
  const keys = Array.from({ length: KEYS_OF_FORK }, (_, at) => keyOf(at * 25, 'fork'));
  return {
    name: 'long-fork',
    setUp: async () => undefined,
    async step(client) {
      const { random } = client;
      if (random.chance(0.5)) {
        await client.getMany(keys);
        return;
      }
      const key = random.pick(keys);
      await client.transact(async (tx) => {
        const count = Number((await tx.get(key))?.split(':')[0] ?? 0);
        tx.set(key, `${count + 1}:${client.unique()}`);
      });
    },
    check(history: History) {
      const views = history.operations
        .filter(({ kind, status }) => kind === 'snapshot' && status === 'ok')
        .map(({ attempts }) => attempts[0]!.reads.map(({ value }) => Number(value?.split(':')[0] ?? 0)));
      const sorted = [...views].sort((a, b) => sum(a) - sum(b));
      for (let at = 1; at < sorted.length; at++) {
        const [before, after] = [sorted[at - 1]!, sorted[at]!];
        if (before.some((count, key) => count > after[key]!)) {
          return [`long-fork: one reader saw ${before.join(' ')}, another one ${after.join(' ')}`];
        }
      }
      return [];
    },
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
