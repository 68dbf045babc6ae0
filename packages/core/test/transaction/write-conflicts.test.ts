import { expect } from 'chai';
import type { Database } from '@pandakv/core';
import { listed, text, threeShards } from '../support/databases.js';
import { failure } from '../support/failure.js';
import { newAttempt, newest, nowTimestamp, shardPair, writes } from '../support/shards.js';

const PLACES = [
  { where: 'on one shard', read: 'a', written: 'b' },
  { where: 'over two shards', read: 'a', written: 'x' },
];

async function conflictWith(
  db: Database,
  ...added: Parameters<ReturnType<Database['begin']>['addWriteConflict']>[0][]
): Promise<void> {
  const transaction = db.begin();
  for (const one of added) transaction.addWriteConflict(one);
  await transaction.commit();
}

describe('a write conflict that was added by hand', () => {
  let db: Database;
  beforeEach(async () => {
    db = await threeShards();
    await db.write(['a', 'b', 'x'].map((key) => ({ type: 'set', key, value: 'old' })));
  });

  for (const { where, read, written } of PLACES) {
    it(`makes who read there conflict, by key, by range and by what they added, ${where}`, async () => {
      for (const added of [read, { start: read, end: `${read}z` }, {}]) {
        for (const how of ['get', 'scan', 'add'] as const) {
          const reader = db.begin();
          if (how === 'get') await reader.get(read);
          else if (how === 'scan') await listed(reader.scan({ start: read, end: `${read}a` }));
          else reader.addReadConflict(read);
          await conflictWith(db, added);
          reader.set(written, 'new');
          const { key } = await failure(reader.commit(), 'Conflict');
          expect(key).to.equal(Buffer.from(read).toString('hex'));
        }
      }
      const other = db.begin();
      await other.get(read);
      await conflictWith(db, `${read}a`, { start: `${read}b`, end: `${read}c` });
      other.set(written, 'new');
      await other.commit();
    });
  }

  it('changes nothing that can be read, and conflicts with no blind write, nor with who reads later', async () => {
    const version = await db.latestTimestamp('a');
    const blind = db.begin();
    const { readTimestamp } = blind;
    await conflictWith(db, {});
    expect(await db.latestTimestamp('a')).to.equal(version);
    blind.set('a', 'blind');
    await blind.commit();
    const later = db.begin();
    expect(text(await later.get('b'))).to.equal('old');
    later.set('b', 'later');
    await later.commit();
    await db.write([{ type: 'set', key: 'x', value: 'new' }], [{ type: 'unchanged', key: 'x', since: readTimestamp }]);
  });

  it('holds however many there are, and however old the transaction is', async () => {
    const old = db.begin();
    await old.get('a');
    const many = db.begin();
    await many.get('c');
    await conflictWith(db, 'a');
    for (let round = 0; round < 3; round++) await conflictWith(db, ...Array.from({ length: 3_000 }, (_, n) => `b${round}-${n}`));
    for (const transaction of [old, many]) {
      transaction.set('d', '1');
      await failure(transaction.commit(), 'Conflict');
    }
    const fresh = db.begin();
    await fresh.get('a');
    fresh.set('d', '2');
    await fresh.commit();
  });

  it('holds where the range has moved, and costs those nothing who read after it', async () => {
    const old = db.begin();
    await old.get('a');
    await conflictWith(db, 'a');
    const fresh = db.begin();
    await fresh.get('a');
    await db.move({ end: 'f' }, 's2');
    for (const transaction of [old, fresh]) transaction.set('b', '1');
    await failure(old.commit(), 'Conflict');
    await fresh.commit();
  });

  it('keeps write skew out between transactions that write nothing in common', async () => {
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        db.transact(async (transaction) => {
          const seen = (await listed(transaction.scan({ start: 'k', end: 'l' }))).length;
          transaction.addWriteConflict({ start: 'k', end: 'l' });
          transaction.set(n % 2 === 0 ? 'c' : 'x', String(seen));
          return seen;
        }),
      ),
    );
    expect(results).to.deep.equal(results.map(() => 0));
  });
});

describe('a write conflict', () => {
  const conflictAt = (transaction: string, start = 'a') =>
    writes('s1', transaction, 'c', '1', { writeConflicts: [{ start, end: `${start}a` }] });
  const readOf = (transaction: string, readTimestamp: number, key = 'a') =>
    writes('s1', transaction, 'd', '1', { readTimestamp, readKeys: [key], readVersions: [0] });

  it('is not forgotten with the leader: who read before it, whatever it was, reads again', async () => {
    const pair = await shardPair();
    const before = nowTimestamp();
    const committedAt = await pair.s1.commit(conflictAt(newAttempt()));
    await pair.restart();
    await failure(pair.s1.commit(readOf(newAttempt(), before)), 'Conflict');
    await failure(pair.s1.commit(readOf(newAttempt(), before, 'b')), 'Conflict');
    await pair.s1.commit(writes('s1', newAttempt(), 'd', 'blind', { readTimestamp: before }));
    await pair.s1.commit(readOf(newAttempt(), committedAt));
  });

  it('that is prepared makes those wait who read there, and is found by them, also after a restart', async () => {
    const pair = await shardPair({ patienceMs: 600_000 });
    for (const restarts of [false, true]) {
      const transaction = newAttempt();
      const before = nowTimestamp();
      await pair.s1.prepare(conflictAt(transaction));
      await pair.s2.prepare(writes('s2', transaction, 'x', '1'));
      if (restarts) await pair.restart();
      let isDone = false;
      const waiting = failure(pair.s1.commit(readOf(newAttempt(), before)), 'Conflict').finally(() => (isDone = true));
      await pair.s1.commit(writes('s1', newAttempt(), 'e', 'elsewhere'));
      expect(isDone).to.equal(false);

      await pair.s1.resolve({ transaction, participants: ['s1', 's2'] });
      await waiting;
      expect(await newest(pair.s1, 's1', 'c')).to.equal('1');
    }
  });

  it('waits for those who are prepared and have read there', async () => {
    const pair = await shardPair({ patienceMs: 600_000 });
    const reader = newAttempt();
    await pair.s1.prepare(readOf(reader, nowTimestamp()));
    let isDone = false;
    const waiting = pair.s1.commit(conflictAt(newAttempt())).finally(() => (isDone = true));
    await pair.s1.commit(writes('s1', newAttempt(), 'e', 'elsewhere'));
    expect(isDone).to.equal(false);
    await pair.s1.decide({ transaction: reader, decision: {}, participants: ['s1', 's2'] });
    await waiting;
  });
});
