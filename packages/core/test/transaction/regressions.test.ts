import { expect } from 'chai';
import { level } from '@pandakv/engine-level';
import { openDatabase, PandaError, prefix, systemEnvironment, type Environment } from '@pandakv/core';
import { listed, openForTest, text, threeShards } from '../support/databases.js';
import { hooked } from '../support/engines.js';
import { failure } from '../support/failure.js';
import { newAttempt, newest, ROUTES, shardPair, writes } from '../support/shards.js';
import { storesOf } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';

describe('a transaction larger than what the leader remembers and caches', () => {
  it('commits on one shard and on several, and is there after reopening', async () => {
    const folder = tempFolder();
    const config = { ...(await storesOf(folder)), cacheBytes: 0, settings: { recentCommitsMax: 16, recentTransactionsMax: 4 } };
    const db = await openDatabase(config);
    for (const round of ['1', '2']) {
      await db.write(Array.from({ length: 100 }, (_, i) => ({ type: 'set', key: `a${i}`, value: round }) as const));
      const spread = Array.from(
        { length: 100 },
        (_, i) => ({ type: 'set', key: `${i % 2 ? 'b' : 'x'}${i}`, value: round }) as const,
      );
      await db.write(spread);
    }
    await db.write([{ type: 'deleteRange', range: prefix('a1') }]);
    await db.close();
    const again = await openDatabase(config);
    expect((await listed(again.scan({}))).length).to.equal(100 - 11 + 100);
    expect(new Set((await listed(again.scan({}))).map((entry) => entry.split('=')[1]))).to.deep.equal(new Set(['2']));
    await again.close();
  });
});

describe('what a caller gets', () => {
  it('is its own: changing it changes nothing stored', async () => {
    const db = await threeShards(undefined, { lazyFlushMs: 600_000 });
    await db.write(['a', 'x'].map((key) => ({ type: 'set', key, value: 'stored' }) as const));
    for (let round = 0; round < 2; round++) {
      for await (const [, value] of db.scan({})) value.fill(0);
      for (const value of await db.getMany(['a', 'x'])) value!.fill(0);
      (await db.get('a'))!.fill(0);
      await db.transact(async (transaction) => {
        transaction.set('b', 'mine');
        (await transaction.get('b'))!.fill(0);
        for await (const [, value] of transaction.scan({})) value.fill(0);
        transaction.set('y', 'mine');
      });
    }
    expect(await listed(db.scan({}))).to.deep.equal(['a=stored', 'b=mine', 'x=stored', 'y=mine']);
  });
});

describe('asking for the outcome of a transaction', () => {
  it('does not disturb it while it is between two attempts', async () => {
    const db = await threeShards();
    let id = '';
    let attempts = 0;
    let asking: Promise<unknown> | undefined;
    await db.transact(async (transaction) => {
      id = transaction.id;
      await transaction.get('a');
      if (attempts++ < 3) {
        await db.write([{ type: 'set', key: 'a', value: String(attempts) }]);
        asking = new Promise((resolve) => setTimeout(resolve, 1)).then(() => db.outcome(id));
      }
      transaction.set('a', 'mine');
      transaction.set('x', 'mine');
    });
    expect(await asking)
      .to.have.property('status')
      .that.is.oneOf(['active', 'committed']);
    expect((await db.outcome(id)).status).to.equal('committed');
  });

  it('never calls aborted what a later prepare then commits', async () => {
    const pair = await shardPair({ patienceMs: 600_000, recentTransactionsMax: 1 });
    for (let round = 0; round < 20; round++) {
      const transaction = newAttempt();
      for (let i = 0; i < 2; i++) await pair.s1.commit(writes('s1', newAttempt(), 'b', `${i}`));
      const forbidding = pair.s1.forbid(transaction.split('.')[0]!);
      for (let turn = 0; turn < round % 5; turn++) await Promise.resolve();
      const prepared = await Promise.allSettled([
        pair.s1.prepare(writes('s1', transaction, 'a', `${round}`)),
        pair.s2.prepare(writes('s2', transaction, 'x', `${round}`)),
      ]);
      const promises = prepared.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      const decision = promises.length === 2 ? { committedAt: Math.max(...promises) } : {};
      const stands = await pair.s1.decide({ transaction, decision, participants: ['s1', 's2'] });
      expect(stands.committedAt).to.equal(decision.committedAt);
      await pair.s2.apply(transaction, stands);
      const found = await forbidding;
      if (decision.committedAt !== undefined) expect(found.state).not.to.equal('aborted');
    }
  });
});

describe('the clock of the machine', () => {
  const shifted = (): { environment: Environment; shift: (ms: number) => void } => {
    let offset = 0;
    return { environment: { ...systemEnvironment, now: () => systemEnvironment.now() + offset }, shift: (ms) => (offset += ms) };
  };

  it('may go back by an hour while the database is open', async () => {
    const { environment, shift } = shifted();
    const db = await openForTest({ ...memoryShards(), environment });
    await db.write([{ type: 'set', key: 'a', value: '1' }]);
    shift(-3_600_000);
    for (let i = 0; i < 200; i++) await db.write(['a', 'k', 't'].map((key) => ({ type: 'set', key, value: `${i}` }) as const));
    expect((await db.getMany(['a', 'k', 't'])).map(text)).to.deep.equal(['199', '199', '199']);
  });

  it('may go back by an hour while the database is closed, and deadlines still pass', async () => {
    const { environment, shift } = shifted();
    const folder = tempFolder();
    const first = await openDatabase({ ...(await storesOf(folder)), environment });
    const before = await first.write([{ type: 'set', key: 'a', value: '1' }]);
    await first.close();
    shift(-3_600_000);
    const db = await openDatabase({ ...(await storesOf(folder)), environment });
    expect(await db.write(['a', 'x'].map((key) => ({ type: 'set', key, value: '2' }) as const))).to.be.greaterThan(before);
    const stuck = db.transact(
      async (transaction) => {
        await transaction.get('a');
        await db.write([{ type: 'set', key: 'a', value: 'between' }]);
        transaction.set('b', 'x');
      },
      { deadlineMs: 50 },
    );
    await failure(stuck, 'DeadlineExceeded');
    await db.close();
  });

  function memoryShards() {
    return {
      shards: ['s1', 's2', 's3'].map((id) => ({ id, engine: level({ memory: true }) })),
      splits: [
        { key: 'k', shard: 's2' },
        { key: 't', shard: 's3' },
      ],
    };
  }
});

describe('snapshot isolation', () => {
  it('loses no update of a key that was read in a scan', async () => {
    const db = await threeShards();
    await db.write([{ type: 'set', key: 'a', value: '1' }]);
    const two = [db.begin({ isolation: 'snapshot' }), db.begin({ isolation: 'snapshot' })] as const;
    for (const transaction of two) {
      for await (const [key, value] of transaction.scan({})) transaction.set(key, `${text(value)}+1`);
    }
    await two[0].commit();
    await failure(two[1].commit(), 'Conflict');
  });
});

describe('an engine that is given up', () => {
  it('has shown nothing: preconditions, latest timestamps and reads are as if the commit had never been', async () => {
    let failing = false;
    const db = await threeShards((source) =>
      hooked(source, {
        write: async (batch, apply) => {
          if (failing && (batch.puts ?? []).length > 0) throw new Error('down');
          await apply();
        },
      }),
    );
    const first = await db.write([{ type: 'set', key: 'a', value: '1' }]);
    failing = true;
    const lost = failure(db.write([{ type: 'set', key: 'a', value: 'lost' }], [], { deadlineMs: 100 }), 'DeadlineExceeded');
    await new Promise((resolve) => setTimeout(resolve, 5));
    const judged = db.write([{ type: 'set', key: 'b', value: 'ok' }], [{ type: 'equals', key: 'a', value: '1' }]);
    await lost;
    failing = false;
    await judged;
    expect(await db.latestTimestamp('a')).to.equal(first);
    expect(await listed(db.scan({}))).to.deep.equal(['a=1', 'b=ok']);
  });

  it('does not keep the database from closing', async function () {
    this.timeout(20_000);
    let dead = false;
    const db = await threeShards((source) =>
      hooked(source, {
        get: () => {
          if (dead) throw new Error('dead');
        },
        write: (_batch, apply) => (dead ? Promise.reject(new Error('dead')) : apply()),
      }),
    );
    await db.write([{ type: 'set', key: 'a', value: '1' }]);
    dead = true;
    const pending = failure(db.write([{ type: 'set', key: 'a', value: '2' }]), 'CommitUnknown');
    await new Promise((resolve) => setTimeout(resolve, 5));
    await db.close();
    await pending;
  });
});

describe('a fence that arrives although it seemed to fail', () => {
  it('is recognised: the batch is refused, and the leader goes on', async () => {
    let mode: 'ok' | 'down' = 'ok';
    const pair = await shardPair({}, (engine) => ({
      ...engine,
      capabilities: engine.capabilities,
      get: (keys) => engine.get(keys),
      scan: (range, options) => engine.scan(range, options),
      estimate: (range) => engine.estimate(range),
      close: () => engine.close(),
      write: async (batch) => {
        if (mode === 'ok') {
          await engine.write(batch);
          return;
        }
        if ((batch.puts ?? []).length === 0) await engine.write(batch);
        throw new Error('no answer');
      },
    }));
    mode = 'down';
    await failure(pair.s1.commit(writes('s1', newAttempt(), 'a', 'lost')), 'ShardUnavailable');
    mode = 'ok';
    await pair.s1.commit(writes('s1', newAttempt(), 'a', 'next'));
    expect(await newest(pair.s1, 's1', 'a')).to.equal('next');
    expect(ROUTES.s1).to.have.lengthOf(1);
  });
});

describe('a read of several keys', () => {
  it('that waits for one of them leaves no failure of another unheard', async () => {
    let isBroken = false;
    const pair = await shardPair({}, (engine) => ({
      ...engine,
      capabilities: engine.capabilities,
      get: (keys) => engine.get(keys),
      scan: async (range, options) => {
        if (isBroken) throw new PandaError('ShardUnavailable', 'The scan failed');
        return await engine.scan(range, options);
      },
      write: (batch) => engine.write(batch),
      estimate: (range) => engine.estimate(range),
      close: () => engine.close(),
    }));
    const prepared = newAttempt();
    await pair.s1.prepare(writes('s1', prepared, 'b', 'undecided'));
    const before = await pair.s1.commit(writes('s1', newAttempt(), 'a', 'old'));
    await pair.s1.commit(writes('s1', newAttempt(), 'a', 'new'));
    isBroken = true;
    // 'a' would be looked for in history, 'b' is locked.
    const read = async (): Promise<unknown> => await pair.s1.read({ routes: ROUTES.s1, keys: ['a', 'b'], timestamp: before });
    const unheard: unknown[] = [];
    const note = (error: unknown): unknown => unheard.push(error);
    process.on('unhandledRejection', note);
    try {
      const failed = failure(read(), 'ShardUnavailable');
      await new Promise((resolve) => setTimeout(resolve, 20));
      await pair.s1.apply(prepared, { committedAt: undefined });
      await failed;
      expect(unheard).to.deep.equal([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });
});

describe('a delete of a key that a deleted range covers as well', () => {
  it('is not lost under snapshot isolation: what others wrote there meanwhile goes, or it conflicts', async () => {
    const db = await threeShards();
    for (const write of ['delete', 'set'] as const) {
      const transaction = db.begin({ isolation: 'snapshot' });
      if (write === 'delete') transaction.delete(`${write}/a`);
      else transaction.set(`${write}/a`, 'mine');
      transaction.deleteRange(prefix(write));
      await db.write([{ type: 'set', key: `${write}/a`, value: 'of somebody else' }]);
      const isCommitted = await transaction.commit().then(
        () => true,
        (error: unknown) => !PandaError.is(error, 'Conflict'),
      );
      expect(text(await db.get(`${write}/a`))).to.equal(isCommitted ? undefined : 'of somebody else');
    }
    await db.close();
  });
});
