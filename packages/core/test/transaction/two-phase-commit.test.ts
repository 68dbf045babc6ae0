import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { attemptOf, deferred, transactionOf } from '@pandakv/core/shard';
import { withHooks } from '../support/engines.js';
import { failure } from '../support/failure.js';
import { newAttempt, newest, nowTimestamp, ROUTES, shardPair, writes, type ShardPair } from '../support/shards.js';
import { within } from '../support/until.js';

/** Settings under which no sweeper comes unless a test asks for recovery. */
const PATIENT = { patienceMs: 600_000 };
const WITHIN_MS = 10_000;

/** Waits until no prepared row and no unfinished outcome is left; else says what was left in the end. */
async function expectNothingLeft({ s1, s2 }: ShardPair): Promise<void> {
  let left: unknown;
  const isNothingLeft = async () => {
    const status = await Promise.all([s1.status(), s2.status()]);
    left = status.map(({ prepared, unfinishedOutcomes }) => ({ prepared, unfinishedOutcomes }));
    return status.every(({ prepared, unfinishedOutcomes }) => prepared === 0 && unfinishedOutcomes === 0);
  };
  expect(await within(WITHIN_MS, isNothingLeft), JSON.stringify(left)).to.equal(true);
}

describe('P5: all prepared means committed, wherever the coordinator dies', () => {
  for (const death of [
    'before the outcome',
    'after telling readers',
    'after the anchor',
    'after the other participant',
  ] as const) {
    for (const restarts of [false, true]) {
      it(`dies ${death}${restarts ? ', and all leaders with it' : ''}`, async () => {
        const pair = await shardPair(PATIENT);
        const transaction = newAttempt();
        const promises = await Promise.all([
          pair.s1.prepare(writes('s1', transaction, 'a', 'new')),
          pair.s2.prepare(writes('s2', transaction, 'x', 'new')),
        ]);
        const committedAt = Math.max(...promises);
        const participants = ['s1', 's2'];
        if (death !== 'before the outcome') pair.s2.learn(transaction, committedAt);
        if (death === 'after the anchor' || death === 'after the other participant') {
          await pair.s1.decide({ transaction, decision: { committedAt }, participants });
        }
        if (death === 'after the other participant') await pair.s2.apply(transaction, { committedAt });
        if (restarts) await pair.restart();
        await Promise.all([pair.s1.recover(), pair.s2.recover()]);
        expect(await newest(pair.s1, 's1', 'a')).to.equal('new');
        expect(await newest(pair.s2, 's2', 'x')).to.equal('new');
        for (const shard of [pair.s1, pair.s2]) {
          expect(await shard.find(transaction)).to.deep.equal({ state: 'committed', committedAt });
        }
        await expectNothingLeft(pair);
      });
    }
  }
});

describe('P11: a transaction that not all have prepared is aborted everywhere', () => {
  for (const prepared of ['s1', 's2'] as const) {
    for (const restarts of [false, true]) {
      it(`only ${prepared} has prepared${restarts ? '; then all leaders die' : ''}`, async () => {
        const pair = await shardPair(PATIENT);
        const transaction = newAttempt();
        const key = prepared === 's1' ? 'a' : 'x';
        await pair[prepared].prepare(writes(prepared, transaction, key, 'new'));
        if (restarts) await pair.restart();
        await pair[prepared].recover();
        expect(await newest(pair[prepared], prepared, key)).to.equal(undefined);
        const other = prepared === 's1' ? 's2' : 's1';
        const late = writes(other, transaction, other === 's1' ? 'a' : 'x', 'late');
        await failure(pair[other].prepare(late), 'Conflict');
        await pair.restart();
        await failure(pair[other].prepare(late), 'Conflict');
        await expectNothingLeft(pair);
      });
    }
  }

  for (const where of ['memory', 'journal'] as const) {
    for (const anchored of ['s1', 's2'] as const) {
      it(`an attempt that stays prepared does not commit with a later one (by ${where}, anchored at ${anchored})`, async () => {
        const pair = await shardPair({ ...PATIENT, recentTransactionsMax: 2 });
        const first = newAttempt(1);
        await pair.s2.prepare(writes('s2', first, 'x', 'of the first attempt', { anchor: anchored }));
        // What the first attempt left at s1 has been forgotten; a later one commits there.
        await pair.s1.commit(writes('s1', attemptOf(transactionOf(first), 2), 'a', 'of the second attempt'));
        const others = where === 'memory' ? 0 : 6;
        for (let i = 0; i < others; i++) await pair.s1.commit(writes('s1', newAttempt(), 'b', `${i}`));
        await pair.s2.recover();
        expect(await newest(pair.s2, 's2', 'x')).to.equal(undefined);
        expect(await newest(pair.s1, 's1', 'a')).to.equal('of the second attempt');
      });
    }
  }

  it('a prepare that arrives after its expiry is refused', async () => {
    const pair = await shardPair(PATIENT);
    const late = writes('s1', newAttempt(), 'a', 'late', { expiry: nowTimestamp() - 4096 });
    await failure(pair.s1.prepare(late), 'DeadlineExceeded');
  });
});

describe('recovery', () => {
  it('is done by the sweeper, without anybody asking', async () => {
    const pair = await shardPair({ patienceMs: 40 });
    const transaction = newAttempt();
    await pair.s1.prepare(writes('s1', transaction, 'a', 'new'));
    await pair.s2.prepare(writes('s2', transaction, 'x', 'new'));
    expect(await newest(pair.s2, 's2', 'x')).to.equal('new');
    expect(await newest(pair.s1, 's1', 'a')).to.equal('new');
  });

  it('can be run by everybody at once, again and again, with one outcome', async () => {
    for (const complete of [true, false]) {
      const pair = await shardPair(PATIENT);
      const transaction = newAttempt();
      await pair.s1.prepare(writes('s1', transaction, 'a', 'new'));
      if (complete) await pair.s2.prepare(writes('s2', transaction, 'x', 'new'));
      const request = { transaction, participants: ['s1', 's2'] };
      const outcomes = await Promise.all([
        pair.s1.resolve(request),
        pair.s1.recover().then(() => pair.s1.resolve(request)),
        pair.s2.recover().then(() => pair.s1.resolve(request)),
        pair.s1.resolve(request),
      ]);
      expect(new Set(outcomes.map((outcome) => outcome.committedAt)).size).to.equal(1);
      expect(outcomes[0].committedAt === undefined).to.equal(!complete);
      await expectNothingLeft(pair);
    }
  });

  it('gives a coordinator that was only slow the outcome that stands', async () => {
    const pair = await shardPair(PATIENT);
    const transaction = newAttempt();
    const promised = await pair.s1.prepare(writes('s1', transaction, 'a', 'new'));
    await pair.s1.recover();
    const stands = await pair.s1.decide({ transaction, decision: { committedAt: promised }, participants: ['s1', 's2'] });
    expect(stands.committedAt).to.equal(undefined);
  });

  it('does not forget an outcome before everybody applied it', async () => {
    const pair = await shardPair(PATIENT);
    const transaction = newAttempt();
    const promises = await Promise.all([
      pair.s1.prepare(writes('s1', transaction, 'a', 'new')),
      pair.s2.prepare(writes('s2', transaction, 'x', 'new')),
    ]);
    const committedAt = Math.max(...promises);
    await pair.s1.decide({ transaction, decision: { committedAt }, participants: ['s1', 's2'] });
    expect((await pair.s1.status()).unfinishedOutcomes).to.equal(1);
    await pair.restart();
    expect((await pair.s1.status()).unfinishedOutcomes).to.equal(1);
    expect((await pair.s2.status()).prepared).to.equal(1);
    await pair.s2.recover();
    expect(await newest(pair.s2, 's2', 'x')).to.equal('new');
  });
});

describe('the anchor', () => {
  it('tells an outcome again to those who have not heard it, until all have', async () => {
    const pair = await shardPair(PATIENT);
    const transaction = newAttempt();
    const promises = await Promise.all([
      pair.s1.prepare(writes('s1', transaction, 'a', 'new')),
      pair.s2.prepare(writes('s2', transaction, 'x', 'new')),
    ]);
    const decision = { committedAt: Math.max(...promises) };
    await pair.s1.decide({ transaction, decision, participants: ['s1', 's2'] });
    pair.s1.forget(transaction, []);
    pair.s1.forget(transaction, ['s9']);
    expect((await pair.s1.status()).unfinishedOutcomes).to.equal(1);
    await pair.restart();
    await pair.s1.recover();
    await expectNothingLeft(pair);
    expect(await newest(pair.s2, 's2', 'x')).to.equal('new');
  });
});

describe('what a leader answers about a transaction that it does not know any more', () => {
  it('is no commit, where it was aborted and that was kept for long enough, while others were asked for their votes', async () => {
    const stuck = deferred<void>();
    let isStuck = false;
    const pair = await shardPair(PATIENT, (engine, shard) =>
      withHooks(engine, {
        write: async (_batch, apply) => {
          if (isStuck && shard === 's2') await stuck.promise;
          await apply();
        },
      }),
    );
    const transaction = newAttempt();
    const participants = ['s1', 's2'];
    await pair.s1.prepare(writes('s1', transaction, 'a', 'new'));
    isStuck = true;
    const preparing = pair.s2.prepare(writes('s2', transaction, 'x', 'new'));
    const resolving = pair.s1.resolve({ transaction, participants });
    await sleep(10);
    // Nobody has to hear of it, so that it is forgotten at once.
    await pair.s1.decide({ transaction, decision: {}, participants: ['s1'], expiry: nowTimestamp() - 60_000 * 4_096 });
    await pair.s1.recover();
    isStuck = false;
    stuck.resolve();
    await preparing;
    expect(await resolving).to.deep.equal({});
    await expectNothingLeft(pair);
    expect(await newest(pair.s2, 's2', 'x')).to.equal(undefined);
  });

  it('is nothing, where another leader has taken the shard over: that one may have prepared it', async () => {
    const pair = await shardPair(PATIENT);
    const replaced = pair.s2;
    await pair.restart();
    const transaction = newAttempt();
    const promises = await Promise.all([
      pair.s1.prepare(writes('s1', transaction, 'a', 'new')),
      pair.s2.prepare(writes('s2', transaction, 'x', 'new')),
    ]);
    await failure(replaced.apply(transaction, { committedAt: Math.max(...promises) }), 'LeadershipLost');
    await pair.s1.recover();
    await expectNothingLeft(pair);
  });
});

describe('an abort that is not durable yet', () => {
  it('is passed by no reader: with another leader the transaction may commit, as all have prepared', async () => {
    const stuck = deferred<void>();
    let isStuck = false;
    const pair = await shardPair(PATIENT, (engine) =>
      withHooks(engine, { write: (_batch, apply) => (isStuck ? stuck.promise : apply()) }),
    );
    const transaction = newAttempt();
    const promised = await pair.s1.prepare(writes('s1', transaction, 'a', 'new'));
    await pair.s2.prepare(writes('s2', transaction, 'x', 'new'));
    isStuck = true;
    const aborting = failure(pair.s1.decide({ transaction, decision: {}, participants: ['s1', 's2'] }), 'LeadershipLost');
    let isAnswered = false;
    const read = Promise.resolve(pair.s1.read({ routes: ROUTES.s1, keys: ['a'], timestamp: promised }));
    const reading = failure(
      read.then(() => (isAnswered = true)),
      'LeadershipLost',
    );
    await sleep(50);
    expect(isAnswered).to.equal(false);
    isStuck = false;
    await pair.restart();
    await pair.s1.recover();
    expect(await newest(pair.s1, 's1', 'a')).to.equal('new');
    stuck.reject(new Error('The engine is gone'));
    await aborting;
    await reading;
    expect(isAnswered).to.equal(false);
  });

  it('lets readers go on once it is', async () => {
    const pair = await shardPair(PATIENT);
    const transaction = newAttempt();
    const promised = await pair.s1.prepare(writes('s1', transaction, 'a', 'new'));
    await pair.s2.prepare(writes('s2', transaction, 'x', 'new'));
    const read = pair.s1.read({ routes: ROUTES.s1, keys: ['a'], timestamp: promised });
    await pair.s1.decide({ transaction, decision: {}, participants: ['s1', 's2'] });
    expect((await read)[0]!.value).to.equal(undefined);
  });
});

describe('locks of prepared transactions', () => {
  it('are there again after the leader died, and keep others out until the outcome', async () => {
    const pair = await shardPair(PATIENT);
    const transaction = newAttempt();
    await pair.s1.prepare(
      writes('s1', transaction, 'a', 'new', { readKeys: ['b'], readVersions: [0], readSpans: [{ start: 'c', end: 'd' }] }),
    );
    await pair.restart();
    for (const key of ['a', 'b', 'c1']) await failure(pair.s1.prepare(writes('s1', newAttempt(), key, 'younger')), 'Conflict');
    await pair.s1.prepare(writes('s1', newAttempt(), 'e', 'beside'));
    let read = false;
    const reading = newest(pair.s1, 's1', 'a').then((value) => {
      read = true;
      return value;
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(read).to.equal(false);
    await pair.s1.recover();
    expect(await reading).to.equal(undefined);
  });

  it('make an older transaction wait and a younger one fail at once', async () => {
    const pair = await shardPair(PATIENT);
    const older = newAttempt();
    await new Promise((resolve) => setTimeout(resolve, 2));
    const holder = newAttempt();
    await new Promise((resolve) => setTimeout(resolve, 2));
    const younger = newAttempt();
    await pair.s1.prepare(writes('s1', holder, 'a', 'holder'));
    const conflict = await failure(pair.s1.prepare(writes('s1', younger, 'a', 'younger')), 'Conflict');
    expect(conflict.transactionId).to.equal(holder);
    const waiting = pair.s1.prepare(writes('s1', older, 'a', 'older'));
    await pair.s1.decide({ transaction: holder, decision: {}, participants: ['s1', 's2'] });
    expect(await waiting).to.be.a('number');
  });

  it('let readers of the decided version go on before its rows are written', async () => {
    const pair = await shardPair({ ...PATIENT, lazyFlushMs: 600_000 });
    const transaction = newAttempt();
    const promised = await pair.s2.prepare(writes('s2', transaction, 'x', 'new'));
    pair.s2.learn(transaction, promised);
    expect(await newest(pair.s2, 's2', 'x')).to.equal('new');
    const page = await pair.s2.scan({
      routes: ROUTES.s2,
      span: { start: 'k', end: undefined },
      timestamp: nowTimestamp() + 4096,
      limit: 10,
      maxBytes: 1000,
      reverse: false,
    });
    expect(page.entries.map(([key, value]) => [Buffer.from(key).toString(), Buffer.from(value).toString()])).to.deep.equal([
      ['x', 'new'],
    ]);
  });
});

describe('an answer of a shard', () => {
  it('is plain data, also where it is read from memory', async () => {
    const pair = await shardPair({ ...PATIENT, lazyFlushMs: 600_000 });
    const transaction = newAttempt();
    const promised = await pair.s2.prepare(writes('s2', transaction, 'x', 'new'));
    const expected = [{ timestamp: promised, value: new Uint8Array(Buffer.from('new')) }];
    const read = async () =>
      structuredClone(await pair.s2.read({ routes: ROUTES.s2, keys: ['x'], timestamp: nowTimestamp() + 4096 }));
    pair.s2.learn(transaction, promised);
    expect(await read()).to.deep.equal(expected);
    const applying = pair.s2.apply(transaction, { committedAt: promised });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await read()).to.deep.equal(expected);
    pair.s2.hurry();
    await applying;
  });
});

describe('an invariant that does not hold', () => {
  it('stops the shard with Corruption: a commit below a promise', async () => {
    const pair = await shardPair(PATIENT);
    const transaction = newAttempt();
    const promised = await pair.s1.prepare(writes('s1', transaction, 'a', 'new'));
    const below = { transaction, decision: { committedAt: promised - 1 }, participants: ['s1', 's2'] };
    await failure(pair.s1.decide(below), 'Corruption');
    await failure(pair.s1.commit(writes('s1', newAttempt(), 'b', 'x')), 'Corruption');
    await pair.restart();
    expect(await pair.s1.find(transaction)).to.have.property('state', 'prepared');
  });
});
