import { expect } from 'chai';
import type { Database, Transaction } from '@pandakv/core';
import type { LockGrant } from '@pandakv/core/shard';
import { timestampAt, systemEnvironment } from '@pandakv/core';
import { text, threeShards } from '../support/databases.js';
import { failure } from '../support/failure.js';
import { newAttempt, ROUTES, shardPair, writes, type ShardPair } from '../support/shards.js';
import { until } from '../support/until.js';

async function increment(transaction: Transaction, key: string): Promise<void> {
  const value = Number(text(await transaction.getForUpdate(key)) ?? '0');
  transaction.set(key, String(value + 1));
}

describe('getForUpdate', () => {
  let db: Database;
  beforeEach(async () => {
    db = await threeShards();
  });

  it('lets 64 clients change one key without a retry, in the order in which they asked', async () => {
    const order: number[] = [];
    const clients = Array.from({ length: 64 }, (_, client) =>
      db.transact(async (transaction) => {
        await increment(transaction, 'a');
        order.push(client);
      }),
    );
    await Promise.all(clients);
    expect(text(await db.get('a'))).to.equal('64');
    expect(order).to.deep.equal([...order.keys()]);
    expect(db.statistics().retries).to.equal(0);
  });

  it('loses no update of keys on two shards, whoever takes which first', async () => {
    const clients = Array.from({ length: 24 }, (_, client) =>
      db.transact(async (transaction) => {
        const keys = client % 2 === 0 ? ['a', 'x'] : ['x', 'a'];
        for (const key of keys) await increment(transaction, key);
      }),
    );
    await Promise.all(clients);
    expect([text(await db.get('a')), text(await db.get('x'))]).to.deep.equal(['24', '24']);
  });

  it('reads what was committed while it waited, where it is the first read', async () => {
    const first = db.begin();
    expect(await first.getForUpdate('a')).to.equal(undefined);
    const second = db.begin();
    const waiting = second.getForUpdate('a');
    first.set('a', 'first');
    await first.commit();
    expect(text(await waiting)).to.equal('first');
    second.set('a', 'second');
    await second.commit();
  });

  it('is a conflict at once where the key has changed since the read timestamp, and keeps its place', async () => {
    let attempts = 0;
    const other = db.begin();
    await other.getForUpdate('a');
    const late = db.transact(async (transaction) => {
      attempts++;
      await transaction.get('b');
      await increment(transaction, 'a');
      if (attempts > 1) return;
      throw new Error('not reached');
    });
    await new Promise((resolve) => setImmediate(resolve));
    other.set('a', '7');
    await other.commit();
    await late;
    expect(attempts).to.equal(2);
    expect(text(await db.get('a'))).to.equal('8');
  });

  it('gives the lock back by abort, and where the function throws', async () => {
    const holder = db.begin();
    await holder.getForUpdate('a');
    const next = db.begin();
    const waiting = next.getForUpdate('a');
    holder.abort();
    await waiting;
    next.abort();
    const thrown = db.transact(async (transaction) => {
      await transaction.getForUpdate('a');
      throw new Error('no');
    });
    await thrown.catch(() => undefined);
    await db.transact((transaction) => increment(transaction, 'a'));
  });

  it('does not keep those from writing who do not ask', async () => {
    const holder = db.begin();
    await holder.getForUpdate('a');
    await db.write([{ type: 'set', key: 'a', value: 'meanwhile' }]);
    holder.set('a', 'lost');
    await failure(holder.commit(), 'Conflict');
  });

  it('waits no longer than its deadline, nor than its signal', async () => {
    const holder = db.begin();
    await holder.getForUpdate('a');
    const late = db.begin({ deadlineMs: 40 });
    await failure(late.getForUpdate('a'), 'DeadlineExceeded');
    const controller = new AbortController();
    const given = db.begin({ signal: controller.signal });
    const waiting = given.getForUpdate('a');
    controller.abort();
    await failure(waiting, 'Aborted');
    holder.abort();
    await db.transact((transaction) => increment(transaction, 'a'));
  });

  it('outlives a holder that never ends', async () => {
    const short = await threeShards(undefined, { lockLeaseMs: 60 });
    const lost = short.begin();
    await increment(lost, 'a');
    await Promise.all(Array.from({ length: 3 }, () => short.transact((transaction) => increment(transaction, 'a'))));
    expect(text(await short.get('a'))).to.equal('3');
    await failure(lost.commit(), 'Conflict');
  });

  it('follows a range that moves: who waits asks at its new shard', async () => {
    const holder = db.begin();
    await holder.getForUpdate('a');
    const waiting = Array.from({ length: 4 }, () => db.transact((transaction) => increment(transaction, 'a')));
    await db.move({ end: 'f' }, db.ranges().at(-1)!.shard);
    await Promise.all(waiting);
    expect(text(await db.get('a'))).to.equal('4');
    holder.abort();
  });

  it('ends when the database is closed', async () => {
    const holder = db.begin();
    await holder.getForUpdate('a');
    const waiting = db.begin().getForUpdate('a');
    const ended = failure(waiting, 'Closed');
    await db.close();
    await ended;
  });
});

describe('the locks of a leader', () => {
  let pair: ShardPair;
  beforeEach(async () => {
    pair = await shardPair({ locksMax: 4 });
  });

  const lock = async (transaction: string, key: string, holdsOthers = false): Promise<LockGrant> => {
    const expiry = timestampAt(systemEnvironment.now() + 10_000);
    return await pair.s1.lock({ transaction, routes: ROUTES.s1, key, expiry, holdsOthers });
  };

  it('make one that holds others wait for younger ones only, so that no circle closes', async () => {
    const [older, younger] = [newAttempt(), newAttempt()];
    await lock(older, 'a');
    await lock(younger, 'b');
    const waiting = lock(older, 'b', true);
    const refused = await failure(lock(younger, 'a', true), 'Conflict');
    expect(refused).to.include({ key: '61', retryable: true });
    pair.s1.unlock(younger);
    await waiting;
  });

  it('look at all who are before it in the line', async () => {
    const [oldest, middle, youngest] = [newAttempt(), newAttempt(), newAttempt()];
    await lock(youngest, 'a');
    const waiting = lock(oldest, 'a');
    await failure(lock(middle, 'a', true), 'Conflict');
    pair.s1.unlock(youngest);
    await waiting;
  });

  it('are bounded in number', async () => {
    const held = ['a', 'b', 'c', 'd'].map(() => newAttempt());
    for (const [at, key] of ['a', 'b', 'c', 'd'].entries()) await lock(held[at]!, key);
    await failure(lock(newAttempt(), 'e'), 'Overloaded');
    pair.s1.unlock(held[0]!);
    await lock(newAttempt(), 'e');
  });

  it('go when the commit has joined its group, and are lost with the leader', async () => {
    const [first, second] = [newAttempt(), newAttempt()];
    await lock(first, 'a');
    const waiting = lock(second, 'a');
    const committedAt = await pair.s1.commit(writes('s1', first, 'a', '1'));
    const { timestamp, changedAt } = await waiting;
    expect(timestamp).to.be.greaterThan(committedAt);
    expect(changedAt).to.equal(committedAt);
    await pair.restart();
    await lock(newAttempt(), 'a');
  });

  it('belong to the transaction, whatever the attempt', async () => {
    const attempt = newAttempt();
    await lock(attempt, 'a');
    await lock(attempt.replace(/\.1$/, '.2'), 'a');
    let isGranted = false;
    void lock(newAttempt(), 'a').then(() => (isGranted = true));
    pair.s1.unlock(attempt);
    await until(() => isGranted);
  });
});
