import { expect } from 'chai';
import { prefix, type Database, type Transaction } from '@pandakv/core';
import { listed, text, threeShards } from '../support/databases.js';
import { failure } from '../support/failure.js';

async function number(reader: { get(key: string): Promise<Uint8Array | undefined> }, key: string): Promise<number> {
  return Number(text(await reader.get(key)) ?? 0);
}

async function sum(transaction: Transaction, start: string): Promise<number> {
  let total = 0;
  for await (const [, value] of transaction.scan(prefix(start))) total += Number(text(value));
  return total;
}

/** Keys on one shard, and keys on two. */
const PLACES = [
  { where: 'on one shard', a: 'a', b: 'b' },
  { where: 'over two shards', a: 'a', b: 'x' },
];

describe('serializable transactions', () => {
  let db: Database;
  beforeEach(async () => {
    db = await threeShards();
  });

  for (const { where, a, b } of PLACES) {
    it(`never lose an update ${where}`, async () => {
      await db.write([
        { type: 'set', key: a, value: '1' },
        { type: 'set', key: b, value: '1' },
      ]);
      const first = db.begin();
      const second = db.begin();
      for (const transaction of [first, second]) {
        transaction.set(a, String((await number(transaction, a)) + 1));
        transaction.set(b, String((await number(transaction, b)) + 1));
      }
      await first.commit();
      const conflict = await failure(second.commit(), 'Conflict');
      expect(conflict.retryable).to.equal(true);
      expect(await number(db, a)).to.equal(2);
      expect(await number(db, b)).to.equal(2);
    });

    it(`never skew writes ${where}`, async () => {
      await db.write([
        { type: 'set', key: a, value: '1' },
        { type: 'set', key: b, value: '1' },
      ]);
      const first = db.begin();
      const second = db.begin();
      if ((await number(first, a)) + (await number(first, b)) === 2) first.set(a, '0');
      if ((await number(second, a)) + (await number(second, b)) === 2) second.set(b, '0');
      const results = await Promise.allSettled([first.commit(), second.commit()]);
      expect(results.filter((result) => result.status === 'fulfilled')).to.have.lengthOf(1);
      expect((await number(db, a)) + (await number(db, b))).to.equal(1);
    });

    it(`never read ${where} what was committed in between (read skew)`, async () => {
      await db.write([
        { type: 'set', key: a, value: '50' },
        { type: 'set', key: b, value: '50' },
      ]);
      const reader = db.begin();
      const before = await number(reader, a);
      await db.transact((transaction) => {
        transaction.set(a, '0');
        transaction.set(b, '100');
      });
      expect(before + (await number(reader, b))).to.equal(100);
      expect(await reader.commit()).to.equal(reader.readTimestamp);
    });
  }

  it('never miss a phantom in a scanned range', async () => {
    await db.write([{ type: 'set', key: 'p/1', value: '1' }]);
    const first = db.begin();
    const second = db.begin();
    first.set('p/2', String(await sum(first, 'p/')));
    second.set('p/3', String(await sum(second, 'p/')));
    await first.commit();
    await failure(second.commit(), 'Conflict');
    expect(await listed(db.scan(prefix('p/')))).to.deep.equal(['p/1=1', 'p/2=1']);
  });

  it('never miss a phantom that was deleted from a scanned range', async () => {
    await db.write([
      { type: 'set', key: 'p/1', value: '1' },
      { type: 'set', key: 'x', value: '0' },
    ]);
    const first = db.begin();
    first.set('x', String(await sum(first, 'p/')));
    await db.write([{ type: 'delete', key: 'p/1' }]);
    await failure(first.commit(), 'Conflict');
  });

  it('never miss a key that was absent when it was read', async () => {
    const first = db.begin();
    expect(await first.get('new')).to.equal(undefined);
    await db.write([{ type: 'set', key: 'new', value: '1' }]);
    first.set('x', 'it was absent');
    await failure(first.commit(), 'Conflict');
  });

  it('never conflict over blind writes or disjoint reads', async () => {
    const first = db.begin();
    const second = db.begin();
    await first.get('a');
    await second.get('b');
    first.set('c', '1');
    second.set('c', '2');
    await first.commit();
    await second.commit();
    expect(text(await db.get('c'))).to.equal('2');
  });

  it('are validated against the rows when they are older than what the leader remembers', async () => {
    const small = await threeShards(undefined, { recentCommitsMax: 4 });
    await small.write([{ type: 'set', key: 'a', value: '1' }]);
    const keeps = small.begin();
    const loses = small.begin();
    const scans = small.begin();
    const scansChanged = small.begin();
    await Promise.all([keeps.get('a'), loses.get('b'), listed(scans.scan(prefix('a'))), listed(scansChanged.scan(prefix('b')))]);
    await small.write([{ type: 'set', key: 'b', value: '2' }]);
    for (let i = 0; i < 20; i++) await small.write([{ type: 'set', key: `c${i}`, value: 'x' }]);
    keeps.set('d1', 'unchanged');
    loses.set('d2', 'changed');
    scans.set('d3', 'unchanged');
    scansChanged.set('d4', 'changed');
    await keeps.commit();
    await failure(loses.commit(), 'Conflict');
    await scans.commit();
    await failure(scansChanged.commit(), 'Conflict');
  });
});

describe('snapshot isolation', () => {
  it('allows write skew but no lost update', async () => {
    const db = await threeShards();
    await db.write([
      { type: 'set', key: 'a', value: '1' },
      { type: 'set', key: 'x', value: '1' },
    ]);
    const skewed = [db.begin({ isolation: 'snapshot' }), db.begin({ isolation: 'snapshot' })] as const;
    for (const transaction of skewed) await transaction.getMany(['a', 'x']);
    skewed[0].set('a', '0');
    skewed[1].set('x', '0');
    await Promise.all(skewed.map((transaction) => transaction.commit()));
    expect([text(await db.get('a')), text(await db.get('x'))]).to.deep.equal(['0', '0']);

    const updates = [db.begin({ isolation: 'snapshot' }), db.begin({ isolation: 'snapshot' })] as const;
    for (const transaction of updates) transaction.set('a', `${text(await transaction.get('a'))}+1`);
    await updates[0].commit();
    await failure(updates[1].commit(), 'Conflict');
  });
});

describe('a cross-shard commit', () => {
  it('is never half visible, to snapshots or scans, while many run', async () => {
    const db = await threeShards();
    const accounts = ['a/1', 'k/1', 't/1'];
    await db.write(accounts.map((key) => ({ type: 'set', key, value: '100' }) as const));
    let running = true;
    const observed: number[] = [];
    const reader = async () => {
      while (running) {
        const values = await db.getMany(accounts);
        observed.push(values.reduce((total, value) => total + Number(text(value)), 0));
        let scanned = 0;
        for await (const [, value] of db.scan({})) scanned += Number(text(value));
        observed.push(scanned);
      }
    };
    const writer = async (from: string, to: string) => {
      for (let i = 0; i < 15; i++) {
        await db.transact(async (transaction) => {
          const [a, b] = await transaction.getMany([from, to]);
          transaction.set(from, String(Number(text(a)) - 1));
          transaction.set(to, String(Number(text(b)) + 1));
        });
      }
    };
    const readers = [reader(), reader()];
    await Promise.all([writer('a/1', 'k/1'), writer('k/1', 't/1'), writer('t/1', 'a/1')]);
    running = false;
    await Promise.all(readers);
    expect(observed.length).to.be.greaterThan(10);
    expect(new Set(observed)).to.deep.equal(new Set([300]));
    expect((await db.getMany(accounts)).map(text)).to.deep.equal(['100', '100', '100']);
  });

  it('is seen by whatever begins after it was acknowledged', async () => {
    const db = await threeShards();
    for (let i = 0; i < 200; i++) {
      await db.write([
        { type: 'set', key: 'a', value: String(i) },
        { type: 'set', key: 'x', value: String(i) },
      ]);
      expect((await db.getMany(['x', 'a'])).map(text)).to.deep.equal([String(i), String(i)]);
      expect(text(await db.get('x'))).to.equal(String(i));
      expect(await listed(db.scan({}))).to.deep.equal([`a=${i}`, `x=${i}`]);
    }
  });
});
