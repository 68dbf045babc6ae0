import type { History } from './history.js';
import { keyOf, type FinalState, type Workload } from './workload.js';

const QUEUES = 3;
const DIGITS = 6;

/** Queues of numbered keys: items are added at the end, taken at the head, and moved from one queue to another. None is taken twice. */
export function queue(): Workload {
  const queues = Array.from({ length: QUEUES }, (_, at) => keyOf(at * 33, 'queue'));
  /** By item how often its taking was acknowledged. */
  const taken = new Map<string, number>();
  return {
    name: 'queue',
    setUp: async () => undefined,
    async step(client) {
      const { random } = client;
      const [from, to] = random.sample(queues, 2) as [string, string];
      const share = random.next();
      const item = await client.transact(async (tx) => {
        const head = share < 0.45 ? undefined : (await tx.scan(from, undefined, { limit: 1 }))[0];
        if (head !== undefined) tx.delete(head[0]);
        if (share > 0.75) return head?.[1];
        const [last] = await tx.scan(to, undefined, { limit: 1, reverse: true });
        const number = last === undefined ? 1 : Number(last[0].slice(to.length)) + 1;
        tx.set(to + String(number).padStart(DIGITS, '0'), head?.[1] ?? client.unique());
        return undefined;
      });
      if (item !== undefined) taken.set(item, (taken.get(item) ?? 0) + 1);
    },
    check(_history: History, final: FinalState) {
      const failures: string[] = [];
      const left = new Map<string, number>();
      for (const item of final.values()) left.set(item, (left.get(item) ?? 0) + 1);
      for (const [item, times] of taken) if (times > 1) failures.push(`queue: ${item} was taken ${times} times`);
      for (const [item, times] of left) {
        if (times > 1) failures.push(`queue: ${item} is there ${times} times`);
        if (taken.has(item)) failures.push(`queue: ${item} was taken, and is there`);
      }
      return failures;
    },
  };
}
