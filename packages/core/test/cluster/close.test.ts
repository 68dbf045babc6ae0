import { expect } from 'chai';
import { text, threeShards } from '../support/databases.js';
import { hooked } from '../support/engines.js';
import { level } from '@pandakv/engine-level';
import { openDatabase, PandaError } from '@pandakv/core';
import { storesOf } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';

describe('close', () => {
  it('answers every commit that was under way, with success or with Closed, and keeps the former', async () => {
    const folder = tempFolder();
    for (let round = 0; round < 6; round++) {
      const db = await openDatabase(await storesOf(folder));
      const keys = Array.from({ length: 40 }, (_, i) => [`a${round}-${i}`, `x${round}-${i}`] as const);
      const work = keys.map(async ([a, x], at) => {
        if (at % 2 === 0)
          await db.write([
            { type: 'set', key: a, value: 'v' },
            { type: 'set', key: x, value: 'v' },
          ]);
        else
          await db.transact(async (transaction) => {
            await transaction.get(a);
            transaction.set(a, 'v');
            transaction.set(x, 'v');
          });
      });
      const results = Promise.allSettled(work);
      await new Promise((resolve) => setTimeout(resolve, round % 3));
      await db.close();
      const settled = await results;
      const again = await openDatabase(await storesOf(folder));
      for (const [at, result] of settled.entries()) {
        const [a, x] = await again.getMany([...keys[at]!]);
        expect(text(a)).to.equal(text(x));
        if (result.status === 'fulfilled') expect(text(a)).to.equal('v');
        else expect(PandaError.is(result.reason, 'Closed'), String(result.reason)).to.equal(true);
      }
      await again.close();
    }
  });

  it('writes at once what would wait for company', async () => {
    let writes = 0;
    const db = await threeShards(() => hooked(level({ memory: true }), { write: (_batch, apply) => (writes++, apply()) }), {
      lazyFlushMs: 600_000,
    });
    await db.write(['a', 'k', 't'].map((key) => ({ type: 'set', key, value: 'v' }) as const));
    const before = writes;
    await db.close();
    expect(writes).to.be.greaterThan(before);
  });
});
