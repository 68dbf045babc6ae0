import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { Database } from '@pandakv/core';
import { attemptOf, deferred, runOf, transactionOf } from '@pandakv/core/shard';
import type { Engine } from '@pandakv/core/engine';
import { listed, openForTest, text, threeShards } from '../support/databases.js';
import { withHooks } from '../support/engines.js';
import { failure } from '../support/failure.js';
import { newAttempt, newest, nowTimestamp, shardPair, writes } from '../support/shards.js';
import { storesOf } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';
import { until } from '../support/until.js';

/** Keys on one shard, and keys on two. */
const PLACES = [
  { where: 'on one shard', keys: ['a', 'b'] },
  { where: 'over two shards', keys: ['a', 'x'] },
];

const append = (db: Database, keys: readonly string[], id: string) =>
  db.transact(
    (transaction) => {
      for (const key of keys) transaction.change(key, { type: 'append', suffix: '+' });
      return 'done';
    },
    { id },
  );

describe('a transaction that is run again under its id', () => {
  for (const { where, keys } of PLACES) {
    it(`says that it has committed, and when, ${where}`, async () => {
      const db = await threeShards();
      const id = db.newTransactionId();
      const first = await append(db, keys, id);
      const committedAt = await db.latestTimestamp(keys[0]!);
      expect(first).to.deep.equal({ alreadyCommitted: false, result: 'done', timestamp: committedAt });
      expect(await append(db, keys, id)).to.deep.equal({ alreadyCommitted: true, timestamp: committedAt });
      expect(await db.write([{ type: 'append', key: keys[0]!, suffix: '+' }], [], { id })).to.equal(committedAt);
      const begun = db.begin({ id });
      begun.change(keys[1]!, { type: 'append', suffix: '+' });
      expect(await begun.commit()).to.equal(committedAt);
      expect(begun.alreadyCommitted).to.equal(true);
      expect(await listed(db.scan({}))).to.deep.equal(keys.map((key) => `${key}=+`));
      expect(await db.outcome(id)).to.deep.equal({ status: 'committed', timestamp: committedAt });
    });

    it(`says so after a restart, ${where}, and runs where it had not committed`, async () => {
      const folder = tempFolder();
      const open = async () => await openForTest({ ...(await storesOf(folder)), settings: { recentTransactionsMax: 4 } });
      const before = await open();
      const [done, undone] = [before.newTransactionId(), before.newTransactionId()];
      await append(before, keys, done);
      for (let n = 0; n < 10; n++) await before.write([{ type: 'set', key: `c${n}`, value: '' }]);
      await before.close();
      const after = await open();
      expect(await append(after, keys, done)).to.have.property('alreadyCommitted', true);
      expect(await append(after, keys, undone)).to.have.property('alreadyCommitted', false);
      expect(await append(after, keys, undone)).to.have.property('alreadyCommitted', true);
      expect(text(await after.get(keys[1]!))).to.equal('++');
    });

    it(`is refused once nobody can tell whether it had committed, ${where}`, async () => {
      const db = await threeShards(undefined, { outcomeRetentionMs: 1, recentTransactionsMax: 2 });
      const ids = [db.newTransactionId(), db.newTransactionId()] as const;
      for (const id of ids) await append(db, keys, id);
      for (let n = 0; n < 10; n++)
        await db.write(['a', 'k', 't'].map((key) => ({ type: 'set', key: `${key}${n}`, value: '' }) as const));
      await db.retention.set(1);
      await until(async () => {
        await db.retention.collect();
        return (await db.outcome(ids[0]).catch((error: unknown) => error)) instanceof Error;
      });
      for (const id of ids) await failure(append(db, keys, id), 'SnapshotTooOld');
      expect(text(await db.get(keys[1]!))).to.equal('++');
    });

    it(`commits once, however many run it at once, ${where}`, async () => {
      const db = await threeShards();
      const id = db.newTransactionId();
      const runs = await Promise.all(Array.from({ length: 8 }, () => append(db, keys, id)));
      expect(runs.filter(({ alreadyCommitted }) => !alreadyCommitted).length).to.equal(1);
      expect(text(await db.get(keys[1]!))).to.equal('+');
    });
  }

  it('runs again where the run before it failed', async () => {
    const db = await threeShards();
    const id = db.newTransactionId();
    const failed = db.transact(
      () => {
        throw new Error('no');
      },
      { id },
    );
    await failed.catch(() => undefined);
    expect(await append(db, ['a', 'x'], id)).to.have.property('alreadyCommitted', false);
    const other = db.newTransactionId();
    await failure(
      db.write([{ type: 'set', key: 'a', value: '' }], [{ type: 'absent', key: 'a' }], { id: other }),
      'PreconditionFailed',
    );
    await db.write([{ type: 'set', key: 'a', value: 'late' }], [{ type: 'present', key: 'a' }], { id: other });
    expect(text(await db.get('a'))).to.equal('late');
  });

  it('is refused where its outcome was asked for before', async () => {
    const db = await threeShards();
    const id = db.newTransactionId();
    expect(await db.outcome(id)).to.deep.equal({ status: 'aborted' });
    await failure(append(db, ['a'], id), 'InvalidArgument');
    await failure(append(db, ['a'], 'no id'), 'InvalidArgument');
    expect(() => db.begin({ id: 'no id' })).to.throw('Not the id');
  });

  it('counts retries of one run as that run', async () => {
    const db = await threeShards();
    const id = db.newTransactionId();
    db.newTransactionId();
    for (let run = 0; run < 2; run++) {
      let attempts = 0;
      const result = await db.transact(
        async (transaction) => {
          await transaction.get('a');
          if (++attempts < 3) await db.write([{ type: 'set', key: 'a', value: String(attempts) }]);
          transaction.set('x', 'once');
        },
        { id },
      );
      expect(result.alreadyCommitted).to.equal(run === 1);
      expect(attempts).to.equal(run === 0 ? 3 : 0);
    }
  });
});

describe('a fence before a run', () => {
  it('keeps late attempts of the runs before it out, also after a restart, and lets those after it in', async () => {
    const pair = await shardPair();
    const early = newAttempt();
    const id = transactionOf(early);
    const run = nowTimestamp();
    expect(await pair.s1.forbid(id, run)).to.deep.equal({ state: 'none' });
    await failure(pair.s1.commit(writes('s1', early, 'a', 'early')), 'Conflict');
    await failure(pair.s1.prepare(writes('s1', attemptOf(runOf(id, run - 1), 1), 'a', 'early')), 'Conflict');
    await pair.restart();
    await failure(pair.s1.commit(writes('s1', early, 'a', 'early')), 'Conflict');
    await pair.s1.commit(writes('s1', attemptOf(runOf(id, run), 1), 'a', 'now'));
    expect(await newest(pair.s1, 's1', 'a')).to.equal('now');
    expect(await pair.s1.forbid(id, nowTimestamp())).to.have.property('state', 'committed');
  });

  it('is written once, however often it is asked for: one that stands is not lost with another that fails', async () => {
    let writes = 0;
    const counted = (engine: Engine): Engine =>
      withHooks(engine, {
        write: (_batch, apply) => {
          writes++;
          return apply();
        },
      });
    const pair = await shardPair({ leaseWindowMs: 60_000, patienceMs: 600_000 }, counted);
    const id = transactionOf(newAttempt());
    const run = nowTimestamp();
    const before = writes;
    await Promise.all([pair.s1.forbid(id, run), pair.s1.forbid(id, run)]);
    await pair.s1.forbid(id, run);
    expect(writes - before).to.equal(1);
  });

  it('waits for an abort that is on its way, though the time is over for which it is to be kept', async () => {
    let held: (() => void)[] | undefined;
    const holding = (engine: Engine): Engine =>
      withHooks(engine, {
        write: async (_batch, apply) => {
          if (held !== undefined) await new Promise<void>((resolve) => held!.push(resolve));
          await apply();
        },
      });
    const pair = await shardPair({ leaseWindowMs: 60_000, outcomeRetentionMs: 1, patienceMs: 4 }, holding);
    const id = transactionOf(newAttempt());
    // From now on it is looked now and then what is not to be kept any more.
    await pair.s1.forbid(transactionOf(newAttempt()));
    held = [];
    const first = pair.s1.forbid(id);
    const waiting = held;
    await until(() => waiting.length > 0);
    // An answer that waits for the abort is one of a time at which it was still to be kept.
    const findNow = () => Promise.race([pair.s1.find(id), sleep(5, undefined)]);
    await until(async () => (await findNow())?.state === 'none');
    const second = pair.s1.forbid(id, nowTimestamp());
    // A turn of the platform's: whoever asks again and again lets none of them come.
    await new Promise((resolve) => setImmediate(resolve));
    held = undefined;
    for (const write of waiting) write();
    expect(await first).to.deep.equal({ state: 'aborted' });
    expect(await second).to.deep.equal({ state: 'aborted' });
  });

  it('is not told of before it is durable: it may still be given up', async () => {
    const held = deferred<void>();
    let isHeld = false;
    const pair = await shardPair({ leaseWindowMs: 60_000, patienceMs: 600_000 }, (engine) =>
      withHooks(engine, {
        write: async (_batch, apply) => {
          if (isHeld) await held.promise;
          await apply();
        },
      }),
    );
    const early = newAttempt();
    const id = transactionOf(early);
    isHeld = true;
    const forbidden = pair.s1.forbid(id);
    await sleep(20);
    let told = 0;
    const asking = [pair.s1.forbid(id), pair.s1.find(id), pair.s1.vote(early)].map(async (asked) => {
      const answer = await asked;
      told++;
      return answer;
    });
    await sleep(20);
    expect(told).to.equal(0);
    isHeld = false;
    held.resolve();
    for (const answer of [forbidden, ...asking]) expect(await answer).to.deep.equal({ state: 'aborted' });
  });

  it('tells of an attempt that is prepared, instead', async () => {
    const pair = await shardPair({ patienceMs: 600_000 });
    const early = newAttempt();
    await pair.s2.prepare(writes('s2', early, 'x', 'early'));
    const found = await pair.s2.forbid(transactionOf(early), nowTimestamp());
    expect(found).to.include({ state: 'prepared', transaction: early });
  });
});
