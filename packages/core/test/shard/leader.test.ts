import { setImmediate, setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { GuardMismatch, type WriteBatch } from '@pandakv/core/engine';
import { DEFAULT_SHARD_SETTINGS } from '../../dist/shard/index.js';
import { threeShards } from '../support/databases.js';
import { hooked, withHooks } from '../support/engines.js';
import { failure } from '../support/failure.js';
import { newAttempt, newest, nowTimestamp, ROUTES, shardPair, writes } from '../support/shards.js';

describe('a leader that lost its epoch', () => {
  it('cannot write, and says so', async () => {
    const pair = await shardPair();
    const old = pair.s1;
    await old.commit(writes('s1', newAttempt(), 'a', 'before'));
    await pair.restart();
    await failure(old.commit(writes('s1', newAttempt(), 'a', 'from the old leader')), 'LeadershipLost');
    await failure(old.commit(writes('s1', newAttempt(), 'a', 'again')), 'LeadershipLost');
    await failure(async () => await old.read({ routes: ROUTES.s1, keys: ['a'], timestamp: nowTimestamp() }), 'LeadershipLost');
    expect(await newest(pair.s1, 's1', 'a')).to.equal('before');
    await pair.s1.commit(writes('s1', newAttempt(), 'a', 'from the new leader'));
    expect(await newest(pair.s1, 's1', 'a')).to.equal('from the new leader');
  });

  it('still tells that a commit came first, when the engine failed it after applying it', async () => {
    let failing = false;
    const pair = await shardPair({}, (engine) =>
      withHooks(engine, {
        write: async (_batch, apply) => {
          await apply();
          if (!failing) return;
          failing = false;
          await pair.restart();
          throw new Error('connection lost');
        },
      }),
    );
    failing = true;
    const transaction = newAttempt();
    const committedAt = await pair.s1.commit(writes('s1', transaction, 'a', 'new'));
    expect(await pair.s1.find(transaction)).to.deep.equal({ state: 'committed', committedAt });
    expect(await newest(pair.s1, 's1', 'a')).to.equal('new');
  });

  it('does not take what another leader has prepared for a broken invariant', async () => {
    const pair = await shardPair();
    const old = pair.s1;
    await pair.restart();
    const transaction = newAttempt();
    const participants = ['s1', 's2'];
    const promised = await pair.s1.prepare(writes('s1', transaction, 'a', 'new'));
    await failure(old.decide({ transaction, decision: { committedAt: promised }, participants }), 'LeadershipLost');
    await pair.s1.decide({ transaction, decision: { committedAt: promised }, participants });
    expect(await newest(pair.s1, 's1', 'a')).to.equal('new');
  });

  it('is one of two that race for the shard; exactly one can write afterwards', async () => {
    const pair = await shardPair();
    for (let round = 0; round < 20; round++) {
      const [first, second] = await Promise.allSettled([pair.restart().then(() => pair.s1), pair.restart().then(() => pair.s1)]);
      const leaders = [first, second].flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(leaders.length).to.be.greaterThan(0);
      const results = await Promise.allSettled(
        [...new Set(leaders)].map((leader) => leader.commit(writes('s1', newAttempt(), 'a', `${round}`))),
      );
      expect(results.filter((result) => result.status === 'fulfilled').length).to.be.at.most(1);
    }
  });
});

/** A leader over an engine whose writes can be made to fail. */
async function overFailing(fail: (batch: WriteBatch, apply: () => Promise<void>) => Promise<void>) {
  let armed = false;
  let writesSeen = 0;
  const pair = await shardPair({}, (engine) =>
    withHooks(engine, {
      write: (batch, apply) => {
        if (!armed) return apply();
        writesSeen++;
        return fail(batch, apply);
      },
    }),
  );
  return { pair, arm: (on = true) => void (armed = on), writes: () => writesSeen };
}

describe('A watch that has seen nothing', () => {
  it('up to a timestamp: nothing is committed there any more, by this leader or the next', async () => {
    const pair = await shardPair();
    const since = nowTimestamp();
    const asOf = since + 400_000;
    expect(await pair.s1.watch({ routes: ROUTES.s1, key: 'a', since, forMs: 1, asOf })).to.equal(undefined);
    expect(await pair.s1.commit(writes('s1', newAttempt(), 'a', '1'))).to.be.greaterThan(asOf);
    await pair.s2.watch({ routes: ROUTES.s2, key: 'x', since, forMs: 1, asOf });
    await pair.restart();
    expect(await pair.s2.commit(writes('s2', newAttempt(), 'x', '1'))).to.be.greaterThan(asOf);
  });
});

describe('P4: the outcome of a commit is known', () => {
  it('when the engine fails after it applied: committed, nothing applied twice', async () => {
    const {
      pair,
      arm,
      writes: count,
    } = await overFailing(async (_batch, apply) => {
      await apply();
      throw new Error('answer lost');
    });
    await pair.s1.commit(writes('s1', newAttempt(), 'a', '0'));
    arm();
    const before = (await pair.s1.status()).sequence;
    for (let i = 1; i <= 5; i++) await pair.s1.commit(writes('s1', newAttempt(), 'a', String(i)));
    arm(false);
    expect(count()).to.equal(5);
    expect((await pair.s1.status()).sequence).to.equal(before + 5);
    expect(await newest(pair.s1, 's1', 'a')).to.equal('5');
  });

  it('when the engine fails before it applied: the same batch is written again, once', async () => {
    let failures = 0;
    const {
      pair,
      arm,
      writes: count,
    } = await overFailing(async (_batch, apply) => {
      if (failures++ % 2 === 0) throw new Error('refused');
      await apply();
    });
    arm();
    const before = (await pair.s1.status()).sequence;
    for (let i = 1; i <= 3; i++) await pair.s1.commit(writes('s1', newAttempt(), 'a', String(i)));
    arm(false);
    expect(count()).to.equal(6);
    expect((await pair.s1.status()).sequence).to.equal(before + 3);
    expect(await newest(pair.s1, 's1', 'a')).to.equal('3');
  });

  it('when the engine never takes the batch: refused, retryable, and nothing of it can come late', async () => {
    const kept: (() => Promise<void>)[] = [];
    const { pair, arm } = await overFailing(async (batch, apply) => {
      if ((batch.puts ?? []).length > 0) {
        kept.push(apply);
        throw new Error('not now');
      }
      await apply();
    });
    arm();
    const error = await failure(pair.s1.commit(writes('s1', newAttempt(), 'a', 'lost')), 'ShardUnavailable');
    expect(error.retryable).to.equal(true);
    arm(false);
    for (const late of kept) {
      const result = await late().catch((reason: unknown) => reason);
      expect(GuardMismatch.is(result)).to.equal(true);
    }
    expect(await newest(pair.s1, 's1', 'a')).to.equal(undefined);
    await pair.s1.commit(writes('s1', newAttempt(), 'a', 'next'));
    expect(await newest(pair.s1, 's1', 'a')).to.equal('next');
  });

  it('when a group that carries an outcome is given up: the outcome is applied later, not lost', async () => {
    const { pair, arm } = await overFailing(async (batch, apply) => {
      if ((batch.puts ?? []).length > 0) throw new Error('not now');
      await apply();
    });
    const transaction = newAttempt();
    const promises = await Promise.all([
      pair.s1.prepare(writes('s1', transaction, 'a', 'new')),
      pair.s2.prepare(writes('s2', transaction, 'x', 'new')),
    ]);
    arm();
    const decision = { committedAt: Math.max(...promises) };
    await failure(pair.s1.decide({ transaction, decision, participants: ['s1', 's2'] }), 'ShardUnavailable');
    arm(false);
    // Readers may have seen it by now: who wants it aborted, since an answer did not reach him, is told so.
    expect(await pair.s1.decide({ transaction, decision: {}, participants: ['s1', 's2'] })).to.deep.equal(decision);
    await pair.s1.recover();
    expect(await newest(pair.s1, 's1', 'a')).to.equal('new');
    expect(await newest(pair.s2, 's2', 'x')).to.equal('new');
  });
});

describe('P6: a transaction that is sent twice commits once', () => {
  it('at once, later, and to the next leader', async () => {
    const pair = await shardPair({ recentTransactionsMax: 2 });
    const first = writes('s1', newAttempt(), 'a', '1');
    const twice = await Promise.all([pair.s1.commit(first), pair.s1.commit(first)]);
    expect(twice[0]).to.equal(twice[1]);
    for (let i = 0; i < 5; i++) await pair.s1.commit(writes('s1', newAttempt(), 'a', `later ${i}`));
    expect(await pair.s1.commit(first)).to.equal(twice[0]);
    await pair.restart();
    expect(await pair.s1.commit(first)).to.equal(twice[0]);
    expect(await newest(pair.s1, 's1', 'a')).to.equal('later 4');
  });
});

describe('the lease', () => {
  it('keeps the next leader from committing at or below what was read before it', async () => {
    const pair = await shardPair();
    const ahead = nowTimestamp() + 400 * 4096;
    await pair.s1.read({ routes: ROUTES.s1, keys: ['a'], timestamp: ahead });
    await pair.restart();
    expect(await pair.s1.commit(writes('s1', newAttempt(), 'a', 'new'))).to.be.greaterThan(ahead);
  });

  it('lets in every read that a renewal under way reaches, with no further write', async () => {
    let holds: (() => void)[] | undefined;
    let leaseWrites = 0;
    const db = await threeShards((source) =>
      hooked(source, {
        write: async (_batch, apply) => {
          if (holds !== undefined) {
            leaseWrites++;
            await new Promise<void>((resolve) => holds!.push(resolve));
          }
          await apply();
        },
      }),
    );
    await setTimeout(2 * DEFAULT_SHARD_SETTINGS.leaseWindowMs);
    holds = [];
    const first = db.get('a');
    while (leaseWrites === 0) await setImmediate();
    const second = db.get('b');
    await setImmediate();
    for (const release of holds) release();
    expect(await Promise.all([first, second])).to.deep.equal([undefined, undefined]);
    expect(leaseWrites).to.equal(1);
    holds = undefined;
  });

  it('refuses a timestamp too far ahead of the clock, and stays where it was', async () => {
    const pair = await shardPair();
    const { clock } = await pair.s1.status();
    const far = nowTimestamp() + 3_600_000 * 4096;
    await failure(async () => await pair.s1.read({ routes: ROUTES.s1, keys: ['a'], timestamp: far }), 'ClockSkew');
    expect((await pair.s1.status()).clock - clock).to.be.lessThan(1000 * 4096);
  });
});

describe('a request by an old map', () => {
  it('is refused with RangeMoved, reads included', async () => {
    const pair = await shardPair();
    const wrong = [{ id: 'r1', epoch: 2 }];
    const key = { routes: wrong, keys: ['a'], timestamp: nowTimestamp() };
    await failure(async () => await pair.s1.read(key), 'RangeMoved');
    await failure(async () => await pair.s1.read({ ...key, routes: ROUTES.s2 }), 'RangeMoved');
    await failure(async () => await pair.s1.read({ ...key, routes: ROUTES.s1, keys: ['x'] }), 'RangeMoved');
    const scan = { span: { start: 'a', end: 'z' }, timestamp: nowTimestamp(), limit: 1, maxBytes: 1, reverse: false };
    await failure(async () => await pair.s1.scan({ ...scan, routes: ROUTES.s1 }), 'RangeMoved');
    await failure(pair.s1.commit(writes('s1', newAttempt(), 'a', '1', { routes: wrong })), 'RangeMoved');
    await failure(pair.s1.prepare(writes('s1', newAttempt(), 'x', '1')), 'RangeMoved');
  });
});
