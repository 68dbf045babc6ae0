import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { openDatabase, type Database } from '@pandakv/core';
import { listed, openForTest, text, threeShards } from '../support/databases.js';
import { failure } from '../support/failure.js';
import { SEED, withSeed } from '../support/random.js';
import { storesOf } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';
import { transferOne } from '../support/transfers.js';

const shape = (db: Database): string[] =>
  db.ranges().map(({ id, start, end, epoch, shard }) => `${id}@${epoch} ${shard} [${text(start)}, ${text(end) ?? ''})`);

describe('split and merge', () => {
  it('change the map, and nothing that can be read', async () => {
    const db = await threeShards();
    await db.write(['a', 'c', 'l', 'x'].map((key) => ({ type: 'set', key, value: key }) as const));
    const before = db.snapshot();
    await db.split('c');
    await db.split('c');
    await db.split('m');
    expect(shape(db)).to.deep.equal(['r1@2 s1 [, c)', 'r4@2 s1 [c, k)', 'r2@2 s2 [k, m)', 'r5@2 s2 [m, t)', 'r3@1 s3 [t, )']);
    await db.write(['b', 'c', 'n'].map((key) => ({ type: 'set', key, value: 'new' }) as const));
    expect(await listed(db.scan({}))).to.deep.equal(['a=a', 'b=new', 'c=new', 'l=l', 'n=new', 'x=x']);
    expect(await listed(db.scan({}, { reverse: true }))).to.deep.equal(['x=x', 'n=new', 'l=l', 'c=new', 'b=new', 'a=a']);
    expect(await listed(before.scan({}))).to.deep.equal(['a=a', 'c=c', 'l=l', 'x=x']);
    await db.merge('c');
    expect(shape(db)).to.deep.equal(['r1@3 s1 [, k)', 'r2@2 s2 [k, m)', 'r5@2 s2 [m, t)', 'r3@1 s3 [t, )']);
    expect(await listed(db.scan({}))).to.deep.equal(['a=a', 'b=new', 'c=new', 'l=l', 'n=new', 'x=x']);
  });

  it('are there after the database was opened again', async () => {
    const folder = tempFolder();
    const db = await openDatabase(await storesOf(folder));
    await db.split('c');
    await db.split('f');
    await db.merge('c');
    const before = shape(db);
    await db.close();
    const again = await openForTest(await storesOf(folder));
    expect(shape(again)).to.deep.equal(before);
    await again.split('g');
    expect(shape(again)).to.include('r6@4 s1 [g, k)');
  });

  it('are refused with a reason where they make no sense', async () => {
    const db = await threeShards();
    await failure(db.merge('b'), 'InvalidArgument');
    expect((await failure(db.merge('k'), 'InvalidArgument')).message).to.contain("'s1' and 's2'");
    await failure(db.split(''), 'InvalidArgument');
    await failure(db.merge('a'.repeat(2_000)), 'KeyTooLarge');
    await db.close();
    await failure(db.split('c'), 'Closed');
  });

  it('do not show in the data, whatever its keys begin with', async () => {
    const db = await threeShards();
    const keys = ['s', 'sd', 'r', 'sm/guard', 'catalog', '\xff'.repeat(500), '\0'];
    await db.write(keys.map((key) => ({ type: 'set', key: Buffer.from(key, 'latin1'), value: '1' }) as const));
    await db.split('s');
    const found: string[] = [];
    for await (const [key] of db.scan({})) found.push(Buffer.from(key).toString('latin1'));
    expect(found).to.deep.equal([...keys].sort());
  });

  it(`reach nobody who reads and writes meanwhile: no error, and the total stays right (PANDA_SEED=${SEED})`, async () => {
    await withSeed(async (random) => {
      const db = await threeShards();
      const accounts = Array.from({ length: 30 }, (_, at) => String.fromCharCode(97 + (at % 26)) + at);
      await db.write(accounts.map((key) => ({ type: 'set', key, value: '10' }) as const));
      let running = true;
      const one = (): string => accounts[Math.floor(random() * accounts.length)]!;
      const writer = async (): Promise<void> => {
        while (running) {
          const [from, to] = [one(), one()];
          if (from === to) continue;
          await transferOne(db, from, to);
          await db.write([{ type: 'set', key: `${from}/log`, value: to }]);
        }
      };
      const reader = async (): Promise<void> => {
        while (running) {
          let total = 0;
          for await (const [key, value] of db.scan({})) if (!text(key)!.endsWith('log')) total += Number(text(value));
          expect(total).to.equal(300);
          await db.get(one());
          await db.latestTimestamp({ start: one() });
        }
      };
      const splitter = async (): Promise<void> => {
        for (let i = 0; i < 60; i++) {
          const starts = db.ranges().map(({ start }) => text(start)!);
          const inner = starts.filter((start) => start !== '' && start !== 'k' && start !== 't');
          if (inner.length > 6) await db.merge(inner[Math.floor(random() * inner.length)]!);
          else await db.split(one());
          await setTimeout(5);
        }
        running = false;
      };
      await Promise.all(
        [writer(), writer(), writer(), reader(), splitter()].map((work) => work.finally(() => (running = false))),
      );
    });
  });
});
