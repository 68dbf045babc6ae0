import { expect } from 'chai';
import { range, type Database } from '@pandakv/core';
import { text, threeShards } from '../support/databases.js';
import { hooked } from '../support/engines.js';

const ROWS = 1_000;
const keyOf = (i: number): string => `k${String(i).padStart(4, '0')}`;

async function filled(onScan: () => void = () => undefined): Promise<Database> {
  const db = await threeShards((source) =>
    hooked(source, {
      scan: onScan,
    }),
  );
  await db.write(Array.from({ length: ROWS }, (_, i) => ({ type: 'set', key: keyOf(i), value: String(i) }) as const));
  return db;
}

describe('a scan', () => {
  it('yields every entry once, in order, also when all are asked for at once', async () => {
    const db = await filled();
    const stream = db.scan(range('k', 'l'));
    const asked = Array.from({ length: ROWS + 2 }, () => stream.next());
    const results = await Promise.all(asked);
    expect(results.slice(0, ROWS).map(({ value }) => text((value as [Uint8Array, Uint8Array])[1]))).to.deep.equal(
      Array.from({ length: ROWS }, (_, i) => String(i)),
    );
    expect(results.slice(ROWS).map(({ done }) => done)).to.deep.equal([true, true]);
  });

  it('ends at its limit, forward and reverse, wherever that falls in a page', async () => {
    const db = await filled();
    for (const limit of [1, 255, 256, 257, 768, 769, 999, 1_000, 1_001]) {
      for (const reverse of [false, true]) {
        const keys: (string | undefined)[] = [];
        for await (const [key] of db.scan(range('k', 'l'), { limit, reverse })) keys.push(text(key));
        const all = Array.from({ length: ROWS }, (_, i) => keyOf(reverse ? ROWS - 1 - i : i));
        expect(keys).to.deep.equal(all.slice(0, limit));
      }
    }
  });

  it('puts all that are left into an array, also in a transaction, with its own writes', async () => {
    const db = await filled();
    const all = Array.from({ length: ROWS }, (_, i) => keyOf(i));
    for (const limit of [1, 256, 999, 1_000, 1_001]) {
      const entries = await db.scan(range('k', 'l'), { limit }).toArray();
      expect(entries.map(([key]) => text(key))).to.deep.equal(all.slice(0, limit));
    }
    const stream = db.scan(range('k', 'l'), { limit: 700, reverse: true });
    for (let i = 0; i < 300; i++) await stream.next();
    const rest = await stream.toArray();
    expect(rest.map(([key]) => text(key))).to.deep.equal(all.reverse().slice(300, 700));
    expect(await stream.toArray()).to.deep.equal([]);
    expect(await stream.next()).to.deep.equal({ done: true, value: undefined });
    await db.transact(async (transaction) => {
      transaction.delete(keyOf(0));
      transaction.set(`${keyOf(1)}+`, 'mine');
      const found = await transaction.scan(range('k', 'l'), { limit: 3 }).toArray();
      expect(found.map(([key, value]) => [text(key), text(value)])).to.deep.equal([
        ['k0001', '1'],
        ['k0001+', 'mine'],
        ['k0002', '2'],
      ]);
    });
  });

  it('asks for one page ahead at most, and for none when it is left', async () => {
    let scans = 0;
    const db = await filled(() => scans++);
    scans = 0;
    const stream = db.scan(range('k', 'l'));
    await stream.next();
    expect(scans).to.be.at.most(2);
    expect(await stream.return()).to.deep.equal({ done: true, value: undefined });
    expect(await stream.next()).to.deep.equal({ done: true, value: undefined });
    expect(scans).to.be.at.most(2);
  });

  it('asks the engine once where the limit is within a page', async () => {
    let scans = 0;
    const db = await filled(() => scans++);
    scans = 0;
    for await (const entry of db.scan(range('k', 'l'), { limit: 100 })) expect(entry).to.have.length(2);
    expect(scans).to.equal(1);
  });

  it('fails once with what is wrong with its options, when it is asked for the first entry', async () => {
    const db = await filled();
    const stream = db.scan(range('k', 'l'), { limit: 0 });
    const error = await stream.next().catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'InvalidArgument');
    expect(await stream.next()).to.deep.equal({ done: true, value: undefined });
  });
});
