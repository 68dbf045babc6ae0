import { expect } from 'chai';
import { type Database, type Transaction } from '@pandakv/core';
import { listed, text, threeShards } from '../support/databases.js';
import { failure } from '../support/failure.js';

const PLACES = [
  { where: 'on one shard', read: 'a', written: 'b' },
  { where: 'over two shards', read: 'a', written: 'x' },
];

describe('what conflicts', () => {
  let db: Database;
  beforeEach(async () => {
    db = await threeShards();
    await db.write(['a', 'b', 'x'].map((key) => ({ type: 'set', key, value: 'old' }) as const));
  });

  /** Commits a write that others made a read of meanwhile. */
  async function overtaken(
    key: string,
    written: string,
    read: (transaction: Transaction) => Promise<unknown> | void,
  ): Promise<Transaction> {
    const transaction = db.begin();
    await read(transaction);
    await db.write([{ type: 'set', key, value: 'new' }]);
    transaction.set(written, 'mine');
    return transaction;
  }

  for (const { where, read, written } of PLACES) {
    it(`a snapshot read never does, ${where}`, async () => {
      const transaction = await overtaken(read, written, async ({ snapshot }) => {
        expect(text(await snapshot.get(read))).to.equal('old');
        await snapshot.getMany([read, 'aa']);
        await listed(snapshot.scan({}));
      });
      await transaction.commit();
      expect(text(await db.get(written))).to.equal('mine');
    });

    it(`a read conflict that was added does, ${where}`, async () => {
      for (const added of [read, { start: read, end: `${read}z` }]) {
        const transaction = await overtaken(read, written, (open) => {
          open.addReadConflict(added);
        });
        await failure(transaction.commit(), 'Conflict');
      }
      const other = await overtaken(read, written, (open) => {
        open.addReadConflict('c');
      });
      await other.commit();
    });

    it(`the error names the key and the other transaction, ${where}`, async () => {
      const loser = db.begin();
      await loser.get(read);
      const winner = db.begin();
      winner.set(read, 'won');
      await winner.commit();
      loser.set(written, 'lost');
      const { key, transactionId } = await failure(loser.commit(), 'Conflict');
      expect(key).to.equal(Buffer.from(read).toString('hex'));
      expect(transactionId?.split('.')[0]).to.equal(winner.id);
      expect((await db.outcome(transactionId!)).status).to.equal('committed');
    });
  }

  it('a read conflict holds however old the transaction is', async () => {
    const small = await threeShards(undefined, { recentCommitsMax: 4 });
    const transaction = small.begin();
    transaction.addReadConflict('a');
    transaction.addReadConflict({ start: 'f', end: 'h' });
    for (let i = 0; i < 20; i++) await small.write([{ type: 'set', key: `b${i}`, value: 'x' }]);
    transaction.set('i', '1');
    await transaction.commit();
    const overtaken = small.begin();
    overtaken.addReadConflict('a');
    await small.write([{ type: 'set', key: 'a', value: '1' }]);
    for (let i = 0; i < 20; i++) await small.write([{ type: 'set', key: `b${i}`, value: 'x' }]);
    overtaken.set('i', '2');
    await failure(overtaken.commit(), 'Conflict');
  });

  it('snapshot reads see what the transaction wrote', async () => {
    const transaction = db.begin();
    transaction.set('a', 'mine');
    transaction.delete('b');
    expect(text(await transaction.snapshot.get('a'))).to.equal('mine');
    expect(await listed(transaction.snapshot.scan({}))).to.deep.equal(['a=mine', 'x=old']);
    transaction.abort();
    await failure(transaction.snapshot.get('a'), 'Closed');
  });

  it('a transaction that only reads never does, and commits at its read timestamp', async () => {
    const reader = db.begin();
    for (const key of ['a', 'b', 'x']) {
      expect(text(await reader.get(key))).to.equal('old');
      await db.write([{ type: 'set', key, value: 'new' }]);
    }
    expect(await listed(reader.scan({}))).to.deep.equal(['a=old', 'b=old', 'x=old']);
    reader.addReadConflict({});
    expect(await reader.commit()).to.equal(reader.readTimestamp);
  });
});

describe('statistics of a transaction', () => {
  it('count reads, trips and retries, with the keys of the conflicts', async () => {
    const db = await threeShards();
    let attempts = 0;
    const { before, after } = await db.transact(async (transaction) => {
      await transaction.get('a');
      await transaction.getMany(['b', 'x']);
      await listed(transaction.scan({ end: 'c' }));
      if (++attempts < 3) await db.write([{ type: 'set', key: 'a', value: String(attempts) }]);
      transaction.set('b', '1');
      const counted = transaction.statistics();
      await transaction.commit();
      return { before: counted, after: transaction.statistics() };
    });
    expect(before.retries).to.equal(2);
    expect(before.conflicts.map(({ key }) => key)).to.deep.equal(['61', '61']);
    for (const { transactionId } of before.conflicts) expect(transactionId).to.be.a('string');
    expect(before).to.include({ keysRead: 9, pagesRead: 3, trips: 11 });
    expect(after.trips).to.equal(12);
  });
});

describe('an AbortSignal', () => {
  let db: Database;
  beforeEach(async () => {
    db = await threeShards();
  });

  it('that fired before keeps a transaction from beginning, and a write from being sent', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    let ran = false;
    const error = await failure(
      db.transact(
        () => {
          ran = true;
        },
        { signal },
      ),
      'Aborted',
    );
    expect((error.cause as Error).message).to.equal('enough');
    expect(error.retryable).to.equal(false);
    expect(ran).to.equal(false);
    await failure(() => db.begin({ signal }), 'Aborted');
    await failure(db.write([{ type: 'set', key: 'a', value: '1' }], [], { signal }), 'Aborted');
    expect(await db.get('a')).to.equal(undefined);
  });

  it('ends a transaction at its next step', async () => {
    const controller = new AbortController();
    const steps = db.transact(
      async (transaction) => {
        transaction.set('a', '1');
        controller.abort();
        await failure(transaction.get('a'), 'Aborted');
        await failure(transaction.snapshot.get('a'), 'Aborted');
        expect(() => transaction.set('b', '1')).to.throw('aborted');
      },
      { signal: controller.signal },
    );
    await failure(steps, 'Aborted');
    expect(await listed(db.scan({}))).to.deep.equal([]);
  });

  it('ends the retries', async () => {
    const controller = new AbortController();
    let attempts = 0;
    const retried = db.transact(
      async (transaction) => {
        await transaction.get('a');
        await db.write([{ type: 'set', key: 'a', value: String(++attempts) }]);
        transaction.set('b', '1');
        const commit = transaction.commit();
        if (attempts === 3) controller.abort();
        await commit;
      },
      { signal: controller.signal },
    );
    await failure(retried, 'Aborted');
    expect(attempts).to.equal(3);
  });

  it('does not take back a commit that was sent', async () => {
    const controller = new AbortController();
    const transaction = db.begin({ signal: controller.signal });
    transaction.set('a', '1');
    transaction.set('x', '1');
    const commit = transaction.commit();
    controller.abort();
    const committedAt = await commit;
    expect(await db.latestTimestamp('x')).to.equal(committedAt);
  });
});
