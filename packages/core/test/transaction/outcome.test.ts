import { expect } from 'chai';
import { openDatabase, type Transaction } from '@pandakv/core';
import { listed, text, threeShards } from '../support/databases.js';
import { failure } from '../support/failure.js';
import { storesOf } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';

describe('P6: the outcome of a transaction', () => {
  it('is its commit timestamp, on one shard and on several, at once and after a restart', async () => {
    const folder = tempFolder();
    const db = await openDatabase(await storesOf(folder));
    const committed: { id: string; timestamp: number }[] = [];
    for (const keys of [['a'], ['a', 'x'], ['k', 't', 'z']]) {
      const transaction = db.begin();
      for (const key of keys) transaction.set(key, 'v');
      committed.push({ id: transaction.id, timestamp: await transaction.commit() });
    }
    for (const { id, timestamp } of committed) expect(await db.outcome(id)).to.deep.equal({ status: 'committed', timestamp });
    await db.close();
    const again = await openDatabase(await storesOf(folder));
    for (let i = 0; i < 50; i++) await again.write([{ type: 'set', key: 'b', value: String(i) }]);
    for (const { id, timestamp } of committed) expect(await again.outcome(id)).to.deep.equal({ status: 'committed', timestamp });
    await again.close();
  });

  it('is active while it is open, and aborted when it was aborted or never came to commit', async () => {
    const db = await threeShards();
    const transaction = db.begin();
    transaction.set('a', '1');
    expect(await db.outcome(transaction.id)).to.deep.equal({ status: 'active' });
    transaction.abort();
    expect(await db.outcome(transaction.id)).to.deep.equal({ status: 'aborted' });
  });

  it('is the attempt that committed, whatever the number of attempts', async () => {
    const db = await threeShards();
    const seen: Transaction[] = [];
    const timestamp = await db.transact(async (transaction) => {
      seen.push(transaction);
      const value = text(await transaction.get('a'));
      if (seen.length === 1) await db.write([{ type: 'set', key: 'a', value: 'between' }]);
      transaction.set('x', `${value}`);
      transaction.set('a', 'mine');
      return await transaction.commit();
    });
    expect(seen.map(({ id }) => id)).to.deep.equal([seen[0]!.id, seen[0]!.id]);
    expect(await db.outcome(seen[0]!.id)).to.deep.equal({ status: 'committed', timestamp });
    expect(text(await db.get('x'))).to.equal('between');
  });
});

describe('transact', () => {
  it('throws what its function throws, and has changed nothing', async () => {
    const db = await threeShards();
    const mine = new Error('mine');
    let caught: unknown;
    await db
      .transact((transaction) => {
        transaction.set('a', '1');
        throw mine;
      })
      .catch((error: unknown) => (caught = error));
    expect(caught).to.equal(mine);
    expect(await listed(db.scan({}))).to.deep.equal([]);
  });

  it('gives up at its deadline, with the reason', async () => {
    const db = await threeShards();
    const work = db.transact(
      async (transaction) => {
        await transaction.get('a');
        await db.write([{ type: 'set', key: 'a', value: String(Math.random()) }]);
        transaction.set('b', '1');
      },
      { deadlineMs: 400 },
    );
    const error = await failure(work, 'DeadlineExceeded');
    expect(error.cause).to.have.property('code', 'Conflict');
  });

  it('counts commits, those over several shards, and conflicts', async () => {
    const db = await threeShards();
    await db.write([{ type: 'set', key: 'a', value: '0' }]);
    await Promise.all(
      Array.from({ length: 8 }, () =>
        db.transact(async (transaction) => {
          transaction.set('a', String(Number(text(await transaction.get('a'))) + 1));
          transaction.set('x', 'y');
        }),
      ),
    );
    expect(text(await db.get('a'))).to.equal('8');
    const { commits, crossShardCommits, conflicts, retries } = db.statistics();
    expect({ commits, crossShardCommits }).to.deep.equal({ commits: 9, crossShardCommits: 8 });
    expect(conflicts).to.be.greaterThan(0);
    expect(retries).to.equal(conflicts);
  });
});

describe('write with preconditions', () => {
  it('commits when all hold at its commit timestamp, else changes nothing, and says which does not, with its key', async () => {
    const db = await threeShards();
    const first = await db.write([{ type: 'set', key: 'a', value: '1' }], [{ type: 'absent', key: 'a' }]);
    expect(await db.latestTimestamp('a')).to.equal(first);
    const set = { type: 'set', key: 'x', value: 'written' } as const;
    const hold = [
      { type: 'present', key: 'a' },
      { type: 'equals', key: 'a', value: '1' },
      { type: 'version', key: 'a', timestamp: first },
      { type: 'unchanged', key: 'a', since: first },
      { type: 'unchanged', range: { start: 'b' }, since: 0 },
      { type: 'absent', key: 'k' },
    ] as const;
    const fail = [
      { type: 'absent', key: 'a' },
      { type: 'present', key: 'k' },
      { type: 'equals', key: 'a', value: '2' },
      { type: 'version', key: 'a', timestamp: first - 1 },
      { type: 'unchanged', key: 'a', since: first - 1 },
      { type: 'unchanged', range: {}, since: 0 },
    ] as const;
    for (const precondition of fail) {
      const error = await failure(db.write([set], [...hold, precondition]), 'PreconditionFailed');
      expect(error.key).to.match(/^(61|6b|)$/);
      expect(error.precondition).to.equal(hold.length);
      expect(error.message).to.contain(precondition.type);
    }
    expect(await listed(db.scan({}))).to.deep.equal(['a=1']);
    const second = await db.write([set], hold);
    expect(second).to.be.greaterThan(first);
    expect(await db.latestTimestamp({})).to.equal(second);
    await db.write([{ type: 'delete', key: 'x' }]);
    expect(await db.latestTimestamp('x')).to.be.greaterThan(second);
  });

  it('lets exactly one of many claim a key', async () => {
    const db = await threeShards();
    const claims = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        db.write(
          [
            { type: 'set', key: 'x', value: String(i) },
            { type: 'set', key: 'a', value: String(i) },
          ],
          [{ type: 'absent', key: 'x' }],
        ),
      ),
    );
    expect(claims.filter(({ status }) => status === 'fulfilled')).to.have.lengthOf(1);
    expect(text(await db.get('a'))).to.equal(text(await db.get('x')));
  });
});
