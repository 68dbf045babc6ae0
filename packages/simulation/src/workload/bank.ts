import type { Client } from './client.js';
import { keyOf, type FinalState, type Workload } from './workload.js';

const ACCOUNTS = 10;
const STAKE = 100;

/** Transfers between accounts on different shards: whatever happens, the total stays. */
export function bank(): Workload {
  const accounts = Array.from({ length: ACCOUNTS }, (_, at) => keyOf(at * (100 / ACCOUNTS), 'account'));
  const amountOf = (value: string | undefined): number => Number(value?.split(':')[0] ?? NaN);
  const checkTotal = (values: readonly (string | undefined)[]): void => {
    // A clock may lag so far that this is a moment before the beginning.
    if (values.every((value) => value === undefined)) return;
    const total = values.reduce((sum, value) => sum + amountOf(value), 0);
    if (total !== ACCOUNTS * STAKE) throw new Error(`The total is ${total}, not ${ACCOUNTS * STAKE}`);
  };
  return {
    name: 'bank',
    async setUp(client) {
      await client.transact(async (tx) => {
        for (const account of accounts) tx.set(account, `${STAKE}:${client.unique()}`);
      });
    },
    async step(client) {
      const { random } = client;
      const share = random.next();
      if (share < 0.15) {
        const values = await client.getMany(accounts);
        if (values !== undefined) checkTotal(values);
      } else if (share < 0.3) {
        await client.transact(async (tx) => {
          const entries = await tx.scan('0', ':');
          checkTotal(entries.map(([, value]) => value));
        });
      } else {
        await transfer(client, random.sample(accounts, random.chance(0.8) ? 2 : 3));
      }
    },
    check(_history, final: FinalState) {
      const total = accounts.reduce((sum, account) => sum + amountOf(final.get(account)), 0);
      return total === ACCOUNTS * STAKE ? [] : [`bank: the total is ${total} in the end, not ${ACCOUNTS * STAKE}`];
    },
  };

  async function transfer(client: Client, [from, ...to]: readonly string[]): Promise<void> {
    await client.transact(async (tx) => {
      const values = await tx.getMany([from!, ...to]);
      if (values.every((value) => value === undefined)) return;
      const amount = 1 + client.random.below(5);
      const stamp = client.unique();
      tx.set(from!, `${amountOf(values[0]) - amount * to.length}:${stamp}`);
      for (const [at, key] of to.entries()) tx.set(key, `${amountOf(values[at + 1]) + amount}:${stamp}`);
    });
  }
}
