import { setTimeout } from 'node:timers/promises';
import { prefix, type Database } from '@pandakv/core';
import { expect } from 'chai';
import { listed, text, threeShards } from '../support/databases.js';
import { hooked } from '../support/engines.js';
import { SEED, seededRandom } from '../support/random.js';

const KEYS = ['a', 'k', 't'];

/** Three shards whose engines take as long as `delayMs` says, before and after they apply a batch. */
function slowShards(delayMs: () => number): Promise<Database> {
  return threeShards((source) =>
    hooked(source, {
      write: async (_batch, apply) => {
        await setTimeout(delayMs());
        await apply();
        await setTimeout(delayMs());
      },
    }),
  );
}

describe(`while engines are slow to write (PANDA_SEED=${SEED})`, () => {
  it('everybody sees a cross-shard commit as soon as it is acknowledged, though its rows come later', async () => {
    const db = await slowShards(() => 25);
    for (let round = 1; round <= 8; round++) {
      const value = String(round);
      await db.write(KEYS.map((key) => ({ type: 'set', key, value }) as const));
      expect((await Promise.all(KEYS.map((key) => db.get(key)))).map(text)).to.deep.equal([value, value, value]);
      expect((await db.getMany(KEYS)).map(text)).to.deep.equal([value, value, value]);
      expect(await listed(db.scan(prefix('')))).to.deep.equal(KEYS.map((key) => `${key}=${value}`));
    }
  });

  it('nobody ever sees half of a cross-shard commit', async () => {
    const random = seededRandom(SEED);
    const db = await slowShards(() => random() * 3);
    const write = (value: string) => db.write(KEYS.map((key) => ({ type: 'set', key, value }) as const));
    await write('0');
    let isDone = false;
    const torn: string[] = [];
    const read = async () => {
      while (!isDone) {
        const snapshot = db.snapshot();
        const values: (string | undefined)[] = [];
        for (const key of KEYS) {
          values.push(text(await snapshot.get(key)));
          await setTimeout(random() * 4);
        }
        if (new Set(values).size > 1) torn.push(values.join(' '));
      }
    };
    const readers = [read(), read(), read()];
    for (let i = 1; i <= 40; i++) await write(String(i));
    isDone = true;
    await Promise.all(readers);
    expect(torn).to.deep.equal([]);
  });

  it('two readers never see two independent writes in opposite orders (long fork)', async () => {
    const random = seededRandom(SEED);
    const db = await slowShards(() => random() * 4);
    await db.write(['a', 'x'].map((key) => ({ type: 'set', key, value: '0' }) as const));
    const seen: [number, number][] = [];
    let isDone = false;
    const write = async (key: string) => {
      for (let i = 1; i <= 60; i++) await db.write([{ type: 'set', key, value: String(i) }]);
    };
    const read = async (keys: readonly string[]) => {
      while (!isDone) {
        const numbers = (await db.getMany(keys)).map((value) => Number(text(value)));
        seen.push((keys[0] === 'a' ? numbers : numbers.reverse()) as [number, number]);
        await setTimeout(random() * 2);
      }
    };
    const readers = [read(['a', 'x']), read(['x', 'a']), read(['a', 'x'])];
    await Promise.all([write('a'), write('x')]);
    isDone = true;
    await Promise.all(readers);
    expect(seen.length).to.be.greaterThan(60);
    seen.sort(([a1, x1], [a2, x2]) => a1 - a2 || x1 - x2);
    for (const [at, [a, x]] of seen.slice(1).entries()) {
      expect(x, `a=${a} was seen with x=${x}, and a=${seen[at]![0]} with x=${seen[at]![1]}`).to.be.at.least(seen[at]![1]);
    }
  });
});
