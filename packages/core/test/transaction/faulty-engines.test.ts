import { expect } from 'chai';
import { PandaError } from '@pandakv/core';
import { text, threeShards } from '../support/databases.js';
import { hooked } from '../support/engines.js';
import { SEED, withSeed } from '../support/random.js';
import { until } from '../support/until.js';

const ACCOUNTS = ['a', 'b', 'k', 'l', 't', 'u'];

describe(`P4, P5, P11 over engines that fail before or after they applied (PANDA_SEED=${SEED})`, () => {
  it('keep the total of a bank right, lose no acknowledged transfer, apply none twice, leave no lock', async function () {
    this.timeout(60_000);
    await withSeed(async (random) => {
      let failing = false;
      const db = await threeShards(
        (source) =>
          hooked(source, {
            write: async (_batch, apply) => {
              const fate = failing ? random() : 1;
              if (fate < 0.1) throw new Error('failed before');
              await apply();
              if (fate < 0.2) throw new Error('failed after');
            },
          }),
        { patienceMs: 200 },
      );
      await db.write(ACCOUNTS.map((key) => ({ type: 'set', key, value: '100' }) as const));
      failing = true;
      const moved = new Map(ACCOUNTS.map((key) => [key, 100]));
      let unknown = 0;
      const worker = async () => {
        for (let i = 0; i < 25; i++) {
          const from = ACCOUNTS[Math.floor(random() * ACCOUNTS.length)]!;
          const to = ACCOUNTS[Math.floor(random() * ACCOUNTS.length)]!;
          try {
            await db.transact(async (transaction) => {
              transaction.set(from, String(Number(text(await transaction.get(from))) - 1));
              transaction.set(to, String(Number(text(await transaction.get(to))) + 1));
            });
            moved.set(from, moved.get(from)! - 1);
            moved.set(to, moved.get(to)! + 1);
          } catch (error) {
            if (!PandaError.is(error, 'CommitUnknown')) throw error;
            unknown++;
          }
        }
      };
      const reader = async () => {
        for (let i = 0; i < 40; i++) {
          const values = await db.getMany(ACCOUNTS);
          expect(values.reduce((total, value) => total + Number(text(value)), 0)).to.equal(600);
        }
      };
      await Promise.all([worker(), worker(), worker(), worker(), reader(), reader()]);
      failing = false;
      expect(unknown, 'every outcome was learnt').to.equal(0);
      const values = await db.getMany(ACCOUNTS);
      expect(new Map(ACCOUNTS.map((key, at) => [key, Number(text(values[at]))]))).to.deep.equal(moved);
      await until(async () =>
        (await db.status()).every(({ prepared, unfinishedOutcomes }) => prepared === 0 && unfinishedOutcomes === 0),
      );
    });
  });
});
