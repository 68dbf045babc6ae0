import { keyOf, type Workload } from './workload.js';

const REGISTERS = 7;

/** Reads and blind writes of registers, at both isolation levels and by itself. All of it is judged by the replay. */
export function registers(): Workload {
  const keys = Array.from({ length: REGISTERS }, (_, at) => keyOf(at * 14, 'register'));
  return {
    name: 'registers',
    setUp: async () => undefined,
    async step(client) {
      const { random } = client;
      const share = random.next();
      if (share < 0.2) {
        await client.get(random.pick(keys));
        return;
      }
      const isolation = share < 0.4 ? 'snapshot' : 'serializable';
      await client.transact(async (tx) => {
        for (const key of random.sample(keys, 1 + random.below(4))) {
          if (random.chance(0.5)) await tx.get(key);
          else tx.set(key, client.unique());
        }
      }, isolation);
    },
    check: () => [],
  };
}
