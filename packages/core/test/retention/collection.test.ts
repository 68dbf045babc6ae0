import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { openDatabase, PandaError, prefix, range, wallTimeOf, type Database, type Timestamp } from '@pandakv/core';
import type { Engine, EngineSource } from '@pandakv/core/engine';
import { ROW_SPACE } from '@pandakv/core/parts';
import { listed, openForTest, text, threeShards } from '../support/databases.js';
import { hooked } from '../support/engines.js';
import { failure } from '../support/failure.js';
import { SEED, withSeed } from '../support/random.js';
import { storesOf } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';
import { freshStore } from '../support/test-engine.js';
import { until } from '../support/until.js';

const LONG_MS = 60_000;

const set = (db: Database, key: string, value: string): Promise<Timestamp> => db.write([{ type: 'set', key, value }]);
const remove = (db: Database, key: string): Promise<Timestamp> => db.write([{ type: 'delete', key }]);

/**
 * Waits until all up to a timestamp is old enough for a retention of a millisecond. Were a part of it given up before, nothing of the rest might
 * be due, and what is not due is not given up.
 */
async function isOld(timestamp: Timestamp): Promise<void> {
  await until(() => Date.now() - wallTimeOf(timestamp) > 2);
}

/** Has the database give up everything that cannot be read at a timestamp and later. */
async function keepFrom(db: Database, timestamp: Timestamp): Promise<void> {
  await isOld(timestamp);
  await db.retention.protect('the test', timestamp, LONG_MS);
  await db.retention.set(1);
  await giveUp(db, timestamp);
}

/** Has the database give up all that cannot be read from there on, and perhaps more. */
async function giveUp(db: Database, timestamp: Timestamp): Promise<void> {
  await until(async () => {
    await db.retention.collect();
    return (await db.retention.status()).prefixes[0]!.threshold >= timestamp;
  });
  // The shards are told once the catalog has it.
  await db.retention.collect();
}

/** The engines of a database, to look at what lies there. */
function watched(engines: Engine[]): (source: EngineSource) => EngineSource {
  return (source) => {
    const { plugin, options } = source;
    const open = async (given: unknown): Promise<Engine> => {
      const engine = await plugin.open(given);
      engines.push(engine);
      return engine;
    };
    return hooked({ plugin: { ...plugin, open }, options }, {});
  };
}

async function rowsIn(engines: readonly Engine[], space: string): Promise<number> {
  const start = Buffer.from(space);
  const end = Buffer.from([space.charCodeAt(0) + 1]);
  const pages = await Promise.all(
    engines.map(async (engine) => await engine.scan({ start, end }, { limit: 100_000, maxBytes: 64 * 1024 * 1024 })),
  );
  return pages.reduce((sum, { entries }) => sum + entries.length, 0);
}

describe('versions that are kept (P9)', () => {
  it('can be read from the threshold on, and below it reading fails, exact to the timestamp', async () => {
    const db = await threeShards();
    await set(db, 'a', '1');
    await set(db, 'z', '1');
    const at = await set(db, 'a', '2');
    await remove(db, 'z');
    await set(db, 'a', '3');
    await keepFrom(db, at);
    const snapshot = db.snapshot(at);
    expect(text(await snapshot.get('a'))).to.equal('2');
    expect(await listed(snapshot.scan({}))).to.deep.equal(['a=2', 'z=1']);
    const below = db.snapshot(at - 1);
    const error = await failure(below.get('a'), 'SnapshotTooOld');
    expect(error).to.include({ retryable: false, shard: 's1', key: '61' });
    await failure(below.getMany(['a', 'z']), 'SnapshotTooOld');
    await failure(listed(below.scan({})), 'SnapshotTooOld');
    expect(text(await db.get('a'))).to.equal('3');
  });

  it('are removed once nobody can read them any more, and those that somebody can are not', async () => {
    const engines: Engine[] = [];
    const db = await threeShards(watched(engines));
    for (let round = 0; round < 20; round++)
      await db.write(['a', 'l', 'z'].map((key) => ({ type: 'set', key, value: `${round}` })));
    for (let round = 0; round < 2; round++) for (const key of ['b', 'm', 'u']) await set(db, `${key}${round}`, 'new');
    const at = await set(db, 'c', 'new');
    for (let round = 0; round < 5; round++) await set(db, 'z', `after ${round}`);
    await until(async () => (await rowsIn(engines, ROW_SPACE.history)) === 19 * 3 + 5);
    await keepFrom(db, at);
    expect(await rowsIn(engines, ROW_SPACE.history)).to.equal(5);
    await db.retention.release('the test');
    await until(async () => (await rowsIn(engines, ROW_SPACE.history)) === 0);
    expect((await Promise.all(['a', 'l', 'z'].map((key) => db.get(key)))).map(text)).to.deep.equal(['19', '19', 'after 4']);
  });

  it('are kept by prefix, the longest of which counts, and a protection keeps all of them', async () => {
    const db = await threeShards();
    await set(db, 'keep/a', '1');
    await set(db, 'keep/not/a', '1');
    const at = await set(db, 'other', '1');
    for (const key of ['keep/a', 'keep/not/a', 'other']) await set(db, key, '2');
    await db.retention.set(LONG_MS, { prefix: 'keep/' });
    await db.retention.set(1, { prefix: 'keep/not/' });
    await db.retention.protect('reader', at, LONG_MS);
    await db.retention.set(1);
    await setTimeout(5);
    await db.retention.collect();
    const snapshot = db.snapshot(at);
    for (const key of ['keep/a', 'keep/not/a', 'other']) expect(text(await snapshot.get(key))).to.equal('1');
    expect((await db.retention.status()).protections).to.deep.include({
      name: 'reader',
      timestamp: at,
      expiresAt: (await db.retention.status()).protections[0]!.expiresAt,
    });
    await db.retention.release('reader');
    await until(async () => {
      await db.retention.collect();
      return (await db.retention.status()).prefixes.filter(({ threshold }) => threshold > at).length === 2;
    });
    expect(text(await snapshot.get('keep/a'))).to.equal('1');
    await failure(snapshot.get('keep/not/a'), 'SnapshotTooOld');
    await failure(snapshot.get('other'), 'SnapshotTooOld');
    expect(await listed(snapshot.scan(range('keep/', 'keep/n')))).to.deep.equal(['keep/a=1']);
    await failure(listed(snapshot.scan(prefix('keep/'))), 'SnapshotTooOld');
    await db.retention.set(undefined, { prefix: 'keep/' });
    await until(async () => (await db.retention.status()).prefixes.every(({ threshold, ms }) => ms === 1 && threshold >= 0));
    await set(db, 'keep/a', '3');
    await setTimeout(5);
    await db.retention.collect();
    await failure(snapshot.get('keep/a'), 'SnapshotTooOld');
  });

  it('are what a protection promises, until it expires', async () => {
    const db = await threeShards();
    const at = await set(db, 'a', '1');
    await set(db, 'a', '2');
    await db.retention.protect('short', at, 50);
    await db.retention.set(1);
    expect(text(await db.snapshot(at).get('a'))).to.equal('1');
    await giveUp(db, at + 1);
    await failure(db.snapshot(at).get('a'), 'SnapshotTooOld');
    await failure(db.retention.protect('late', at, LONG_MS), 'SnapshotTooOld');
    expect((await db.retention.status()).protections).to.deep.equal([]);
  });

  it('stay given up when the database is opened again, and the collector goes on where it was', async () => {
    const folder = tempFolder();
    let db = await openDatabase(await storesOf(folder));
    await set(db, 'a', '1');
    const at = await set(db, 'a', '2');
    await set(db, 'a', '3');
    await keepFrom(db, at);
    await db.close();
    db = await openForTest(await storesOf(folder));
    expect(text(await db.snapshot(at).get('a'))).to.equal('2');
    await failure(db.snapshot(at - 1).get('a'), 'SnapshotTooOld');
    expect((await db.retention.status()).prefixes[0]).to.include({ ms: 1, threshold: at });
    await db.retention.release('the test');
    await giveUp(db, at + 1);
    await failure(db.snapshot(at).get('a'), 'SnapshotTooOld');
  });

  it('of a range that has moved are given up where it went, as they would have been where it was', async () => {
    const engines: Engine[] = [];
    const db = await threeShards(watched(engines));
    await set(db, 'a', '1');
    const first = await set(db, 'a', '2');
    await set(db, 'a', '3');
    await keepFrom(db, first);
    // It was not there when the others were told.
    await db.addShard({ id: 's4', engine: watched(engines)(await freshStore(3)) });
    await db.move({ end: 'k' }, 's4');
    await db.movesCleaned();
    expect(text(await db.snapshot(first).get('a'))).to.equal('2');
    await failure(db.snapshot(first - 1).get('a'), 'SnapshotTooOld');
    const second = await set(db, 'a', '4');
    await isOld(second);
    await db.retention.protect('the test', second, LONG_MS);
    await until(async () => {
      await db.retention.collect();
      const [all] = (await db.retention.status()).prefixes;
      // Of the last version it depends on when its group was written.
      return all!.threshold === second && (await rowsIn(engines, ROW_SPACE.history)) <= 1;
    });
    expect(text(await db.snapshot(second).get('a'))).to.equal('4');
    await failure(db.snapshot(second - 1).get('a'), 'SnapshotTooOld');
  });

  it('are not missed by what was read long ago: a transaction that could not tell a deletion any more is refused', async () => {
    const db = await threeShards(undefined, { recentCommitsMax: 4 });
    await set(db, 'a/1', '1');
    await set(db, 'a/2', '1');
    const transaction = db.begin();
    expect(await listed(transaction.scan(prefix('a/')))).to.deep.equal(['a/1=1', 'a/2=1']);
    const since = transaction.readTimestamp;
    await remove(db, 'a/1');
    for (let round = 0; round < 20; round++) await set(db, 'b', `${round}`);
    await db.retention.set(1);
    await giveUp(db, await set(db, 'b', 'last'));
    transaction.set('c', 'saw both');
    await failure(transaction.commit(), 'SnapshotTooOld');
    const unchanged = { type: 'unchanged', since, range: prefix('a/') } as const;
    await failure(db.write([{ type: 'set', key: 'c', value: '1' }], [unchanged]), 'SnapshotTooOld');
    // What a current row tells is known, however old.
    const written = await db.latestTimestamp('a/2');
    expect(written).to.be.lessThan(since);
    await db.write([{ type: 'set', key: 'c', value: '1' }], [{ type: 'unchanged', since: written, key: 'a/2' }]);
    // Of what is gone, the answer is when it can have been written at the latest.
    expect(await db.latestTimestamp('a/1')).to.be.greaterThan(since);
  });

  it('go with the journal, and then outcomes that were in it cannot be looked up any more', async () => {
    const engines: Engine[] = [];
    const db = await threeShards(watched(engines), { outcomeRetentionMs: 1, recentTransactionsMax: 2 });
    const old = db.begin();
    old.set('a', '1');
    await old.commit();
    for (let round = 0; round < 10; round++) await set(db, 'a', `${round}`);
    await db.retention.set(1);
    await until(async () => {
      await db.retention.collect();
      return (await rowsIn(engines, ROW_SPACE.journal)) <= 1;
    });
    await failure(db.outcome(old.id), 'SnapshotTooOld');
    const young = db.begin();
    young.set('a', 'young');
    const timestamp = await young.commit();
    expect(await db.outcome(young.id)).to.deep.equal({ status: 'committed', timestamp });
  });

  it('of a key are listed, the newest first, with what was deleted, as far back as they are kept', async () => {
    const db = await threeShards();
    const timestamps: Timestamp[] = [];
    for (let at = 0; at < 150; at++) timestamps.push(at % 10 === 9 ? await remove(db, 'a') : await set(db, 'a', `${at}`));
    await set(db, 'a\0', 'another');
    const listOf = async (): Promise<[Timestamp, string | undefined][]> => {
      const list: [Timestamp, string | undefined][] = [];
      for await (const { timestamp, value } of db.history('a')) list.push([timestamp, text(value)]);
      return list;
    };
    const all = timestamps.map((timestamp, at) => [timestamp, at % 10 === 9 ? undefined : `${at}`]).reverse();
    expect(await listOf()).to.deep.equal(all);
    await keepFrom(db, timestamps[72]!);
    expect(await listOf()).to.deep.equal(all.slice(0, 150 - 72));
    await db.move({ end: 'b' }, 's3');
    expect(await listOf()).to.deep.equal(all.slice(0, 150 - 72));
  });

  it('refuse what makes no sense, and nothing changes then', async () => {
    const db = await threeShards();
    const before = await db.retention.status();
    for (const ms of [0, -1, 1.5, Infinity, undefined]) await failure(db.retention.set(ms), 'InvalidArgument');
    await failure(db.retention.set(1, { prefix: 'x'.repeat(1_025) }), 'KeyTooLarge');
    await failure(db.retention.protect('', 1, 1), 'InvalidArgument');
    await failure(db.retention.protect('x', -1, 1), 'InvalidArgument');
    await failure(db.retention.protect('x', 1, 0), 'InvalidArgument');
    await db.retention.release('nobody');
    expect(await db.retention.status()).to.deep.equal(before);
  });

  it(`are those of a model at every timestamp from the threshold on, while they are collected (PANDA_SEED=${SEED})`, () =>
    withSeed(async (random) => {
      const engines: Engine[] = [];
      const db = await threeShards(watched(engines), { recentCommitsMax: 16 });
      const keys = ['a', 'a/1', 'l', 'l\0', 'z'];
      const states: [Timestamp, Map<string, string>][] = [];
      let state = new Map<string, string>();
      await db.retention.set(10);
      for (let round = 0; round < 300; round++) {
        const key = keys[Math.floor(random() * keys.length)]!;
        state = new Map(state);
        const isDelete = random() < 0.3;
        if (isDelete) state.delete(key);
        else state.set(key, `${round}`);
        states.push([isDelete ? await remove(db, key) : await set(db, key, `${round}`), state]);
        if (random() < 0.05) await db.retention.collect();
        const [timestamp, then] = states[Math.floor(random() * states.length)]!;
        const { threshold } = (await db.retention.status()).prefixes[0]!;
        try {
          const expected = [...then].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${value}`);
          expect(await listed(db.snapshot(timestamp).scan({}))).to.deep.equal(expected);
          expect(timestamp).to.be.at.least(threshold);
        } catch (error) {
          if (!PandaError.is(error, 'SnapshotTooOld')) throw error;
        }
      }
      await until(async () => {
        await db.retention.collect();
        return (await rowsIn(engines, ROW_SPACE.history)) === 0;
      });
    }));
});
