import type { Client } from './client.js';
import type { RecordedTransaction } from './recorded-transaction.js';
import type { TextChange } from './text-change.js';
import { keyOf, KEYS, type Workload } from './workload.js';

/** Anything that the API offers, in any order, on few keys. The replay is its model. */
export function randomOperations(): Workload {
  return {
    name: 'random',
    setUp: async () => undefined,
    async step(client) {
      const { random } = client;
      const share = random.next();
      if (share < 0.1) await client.get(anyKey(client));
      else if (share < 0.2) await client.getMany([anyKey(client), anyKey(client), anyKey(client)]);
      else if (share < 0.3) await client.getManyBefore([anyKey(client), anyKey(client)], random.between(0, 500));
      else if (share < 0.45)
        await client.writeIf(
          anyKey(client),
          random.sample([1, 2, 3], 2).map(() => anyKey(client)),
        );
      else {
        const isolation = random.chance(0.2) ? 'snapshot' : 'serializable';
        await client.transact(async (tx) => {
          for (let left = 1 + random.below(5); left > 0; left--) await anyStep(client, tx);
        }, isolation);
      }
    },
    check: () => [],
  };
}

function anyKey({ random }: Client): string {
  return keyOf(random.below(14) * 7, random.pick(['', 'a', '\0', '\xff']));
}

function write(client: Client, tx: RecordedTransaction): void {
  const { random } = client;
  const share = random.next();
  if (share < 0.15) tx.change(anyKey(client), anyChange(client));
  else if (share < 0.25) tx.change(keyOf(random.below(4) * 25, '+'), { type: 'add', amount: 1 + random.below(1_000) });
  else if (share < 0.3) {
    const start = random.below(KEYS - 1);
    tx.addWriteConflict(keyOf(start), keyOf(Math.min(KEYS - 1, start + 1 + random.below(20))));
  } else tx.set(anyKey(client), random.chance(0.1) ? `${'x'.repeat(700)}${client.unique()}` : client.unique());
}

function anyChange(client: Client): TextChange {
  const { random } = client;
  switch (random.below(3)) {
    case 0:
      return { type: 'append', suffix: client.unique(), limit: random.between(10, 200) };
    case 1:
      return { type: 'setIfAbsent', value: client.unique() };
    default:
      return { type: 'compareAndDelete', expected: client.unique() };
  }
}

async function anyStep(client: Client, tx: RecordedTransaction): Promise<void> {
  const { random } = client;
  switch (random.below(8)) {
    case 0:
      await tx.get(anyKey(client));
      return;
    case 1:
      await tx.getForUpdate(anyKey(client));
      return;
    case 2:
      await tx.getMany([anyKey(client), anyKey(client)]);
      return;
    case 3: {
      const [start, end] = [random.below(KEYS), random.below(KEYS)].sort((a, b) => a - b) as [number, number];
      const limit = random.chance(0.5) ? Infinity : 1 + random.below(4);
      await tx.scan(keyOf(start), keyOf(end), { limit, reverse: random.chance(0.5) });
      return;
    }
    case 4:
      tx.delete(anyKey(client));
      return;
    case 5: {
      const start = random.below(KEYS);
      if (random.chance(0.3)) await tx.deleteRange(keyOf(start), keyOf(Math.min(KEYS - 1, start + 20)));
      return;
    }
    default:
      write(client, tx);
  }
}
