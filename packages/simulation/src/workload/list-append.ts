import type { History } from './history.js';
import { keyOf, type FinalState, type Workload } from './workload.js';

const LISTS = 8;

/** Appends to lists, and reads of them. Two reads of a list must agree as far as the shorter one goes. */
export function listAppend(): Workload {
  const lists = Array.from({ length: LISTS }, (_, at) => keyOf(at * 13, 'list'));
  return {
    name: 'list-append',
    setUp: async () => undefined,
    async step(client) {
      const { random } = client;
      await client.transact(async (tx) => {
        for (let left = 1 + random.below(4); left > 0; left--) {
          const list = random.pick(lists);
          const items = await tx.get(list);
          if (random.chance(0.5)) tx.set(list, items === undefined ? client.unique() : `${items},${client.unique()}`);
        }
      });
    },
    check(history: History, final: FinalState) {
      const failures: string[] = [];
      for (const { key, value, who } of readsOf(history)) {
        const whole = final.get(key) ?? '';
        if (value !== '' && whole !== value && !whole.startsWith(`${value},`)) {
          failures.push(`list-append: ${who} read ${value} of ${key}, which does not begin ${whole}`);
        }
      }
      return failures;
    },
  };
}

function* readsOf(history: History): Generator<{ key: string; value: string; who: string }> {
  for (const { client, attempts, status } of history.operations) {
    if (status !== 'ok') continue;
    for (const { key, value } of attempts.at(-1)?.reads ?? []) yield { key, value: value ?? '', who: client };
  }
}
