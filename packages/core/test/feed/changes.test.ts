import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { openDatabase, prefix, range, type ChangeSet, type Database, type Timestamp } from '@pandakv/core';
import { listed, openForTest, text, threeShards } from '../support/databases.js';
import { failure } from '../support/failure.js';
import { Mirror } from '../support/mirror.js';
import { SEED, withSeed } from '../support/random.js';
import { storesOf } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';
import { until } from '../support/until.js';

const set = (db: Database, key: string, value: string): Promise<Timestamp> => db.write([{ type: 'set', key, value }]);

/** What a feed tells up to a timestamp. */
async function toldTo(db: Database, since: Timestamp, to: Timestamp, of = {}): Promise<ChangeSet[]> {
  const sets: ChangeSet[] = [];
  for await (const entry of db.changes({ range: of, since })) {
    if (entry.transactions.length > 0 && entry.timestamp <= to) sets.push(entry);
    if (entry.timestamp >= to) break;
  }
  return sets;
}

const shown = ({ transactions }: ChangeSet): string[] =>
  transactions.flatMap(({ changes }) => changes.map(({ key, value }) => `${text(key)}=${text(value) ?? 'deleted'}`));

describe('a feed of changes', () => {
  it('tells commits in the order of time, whole over all shards, with what they deleted', async () => {
    const db = await threeShards();
    const start = await set(db, 'a', '1');
    const both = await db.write([
      { type: 'set', key: 'a', value: '2' },
      { type: 'set', key: 'z', value: '2' },
    ]);
    await set(db, 'l', '3');
    const end = await db.write([{ type: 'delete', key: 'a' }]);
    const told = await toldTo(db, start, end);
    expect(told.map(shown)).to.deep.equal([['a=2', 'z=2'], ['l=3'], ['a=deleted']]);
    expect(told[0]!.timestamp).to.equal(both);
    expect(told.at(-1)!.timestamp).to.equal(end);
    expect(await toldTo(db, both, end)).to.deep.equal(told.slice(1));
    expect((await toldTo(db, start, end, range('b', 'z'))).map(shown)).to.deep.equal([['l=3']]);
    expect(await db.outcome(told[0]!.transactions[0]!.id)).to.deep.equal({ status: 'committed', timestamp: both });
  });

  it('goes on while nothing is committed, and says so', async () => {
    const db = await threeShards();
    const written = await set(db, 'a', '1');
    const feed = db.changes();
    const { value } = await feed.next();
    expect(value).to.include({ timestamp: value!.timestamp }).and.to.deep.include({ transactions: [] });
    expect(value!.timestamp).to.be.greaterThan(written);
    await feed.return();
    expect((await db.retention.status()).protections).to.deep.equal([]);
  });

  it('tells of the time before it is asked, across a restart', async () => {
    const folder = tempFolder();
    let db = await openDatabase(await storesOf(folder));
    const start = await set(db, 'a', '0');
    for (let at = 1; at <= 50; at++) await set(db, ['a', 'l', 'z'][at % 3]!, `${at}`);
    await db.close();
    db = await openForTest(await storesOf(folder));
    const end = await set(db, 'a', 'end');
    const told = await toldTo(db, start, end);
    expect(told.length).to.equal(51);
    expect(shown(told[49]!)).to.deep.equal(['z=50']);
  });

  it('is refused where what it would have to tell is gone', async () => {
    const db = await threeShards(undefined, { outcomeRetentionMs: 1 });
    const start = await set(db, 'a', '1');
    for (let at = 0; at < 10; at++) await set(db, 'a', `${at}`);
    await db.retention.set(1);
    await until(async () => {
      await db.retention.collect();
      return (await db.retention.status()).prefixes[0]!.threshold > start;
    });
    await failure(db.changes({ since: start }).next(), 'SnapshotTooOld');
    await failure(async () => await db.changes({ since: -1 }).next(), 'InvalidArgument');
  });

  it('is refused where a shard has taken what it had committed with it', async () => {
    const db = await threeShards();
    const start = await set(db, 'z', '1');
    const running = db.changes({ since: start });
    await running.next();
    await db.drainShard('s3');
    await db.removeShard('s3');
    await failure(db.changes({ since: start }).next(), 'SnapshotTooOld');
    await failure(async () => {
      for await (const entry of running) expect(entry.transactions).to.be.an('array');
    }, 'SnapshotTooOld');
    const later = await set(db, 'z', '2');
    expect((await toldTo(db, later - 1, later)).map(shown)).to.deep.equal([['z=2']]);
  });

  it('goes on when a shard is removed, if its entries are taken, and tells all that was committed there', async () => {
    const db = await threeShards();
    const since = await set(db, 'z', 'begin');
    const told: string[] = [];
    const following = (async () => {
      for await (const { transactions } of db.changes({ since })) {
        told.push(...transactions.flatMap(({ changes }) => changes.map(({ value }) => Buffer.from(value!).toString())));
        if (told.at(-1) === 'end') return;
      }
    })();
    const committed: string[] = [];
    for (let at = 0; at < 500; at++) committed.push(`${at}`);
    const committing = (async () => {
      for (const value of committed) await set(db, 'z', value);
    })();
    await db.drainShard('s3');
    await db.removeShard('s3');
    await committing;
    await set(db, 'z', 'end');
    await following;
    expect(told).to.deep.equal([...committed, 'end']);
  });

  it('ends when its signal fires, and fails when the database is closed', async () => {
    const db = await threeShards();
    const stopped = new AbortController();
    const feed = db.changes({ signal: stopped.signal });
    await feed.next();
    stopped.abort();
    let rest = 0;
    for await (const entry of feed) rest += Math.sign(entry.timestamp);
    expect(rest).to.be.at.most(1);
    const other = db.changes();
    await other.next();
    await db.close();
    await failure(async () => {
      for await (const entry of other) expect(entry.transactions).to.be.an('array');
    }, 'Closed');
  });

  it(`loses, repeats and reorders nothing, while ranges are split, moved and migrated, and it is begun again (PANDA_SEED=${SEED})`, () =>
    withSeed(async (random) => {
      const db = await threeShards(undefined, { recentCommitsMax: 64 });
      const start = await set(db, 'a', 'start');
      const mirror = new Mirror(start);
      mirror.state.set('a', 'start');
      let end = Infinity;
      const ids = new Set<string>();
      const writer = async (): Promise<void> => {
        for (let at = 0; at < 120; at++) {
          const keys = Array.from(
            { length: 1 + Math.floor(random() * 3) },
            () => `${'akt'[Math.floor(random() * 3)]}${Math.floor(random() * 20)}`,
          );
          await db.transact((transaction) => {
            for (const key of keys) {
              if (random() < 0.2) transaction.delete(key);
              else transaction.set(key, `${at} ${random()}`);
            }
            transaction.set(keys[0]!, `${at} ${random()}`);
            ids.add(transaction.id);
          });
        }
      };
      const changes = async (): Promise<void> => {
        await db.split('a5');
        await db.move(prefix('k'), 's1');
        await db.merge('a5');
        await db.move(range('t1', 't9'), 's2');
        await db.migrate.start({ from: ['s3'], to: ['s1'] });
        await db.migrate.verify();
        await db.migrate.switch();
        await db.migrate.complete();
        await db.move(prefix('k'), 's3').catch(() => undefined);
      };
      const follower = async (): Promise<void> => {
        while (mirror.last < end) await mirror.follow(db, () => end, 40, random);
      };
      const following = follower();
      await Promise.all([writer(), writer(), writer(), changes()]);
      end = await set(db, 'z', 'end');
      await following;
      for (const id of ids) expect(mirror.seen.has(id), `${id} was told`).to.equal(true);
      expect(mirror.seen.size).to.equal(ids.size + 1);
      expect(mirror.listed()).to.deep.equal(await listed(db.scan({})));
    }));
});

describe('a watch of a key', () => {
  it('tells when the key is written or deleted, wherever it is served by then', async () => {
    const db = await threeShards();
    const watching = db.watch('a');
    await set(db, 'b', '1');
    const first = await set(db, 'a', '1');
    expect(await watching).to.equal(first);
    expect(await db.watch('a', { since: first - 1 })).to.equal(first);
    const again = db.watch('a');
    await db.move({ end: 'k' }, 's3');
    const deleted = await db.write([
      { type: 'delete', key: 'a' },
      { type: 'set', key: 'l', value: '1' },
    ]);
    expect(await again).to.equal(deleted);
  });

  it('wakes all who watch, once each, and ends when its signal fires', async () => {
    const db = await threeShards();
    const watching = Array.from({ length: 100 }, () => db.watch('k'));
    const stopped = new AbortController();
    const given = db.watch('other', { signal: stopped.signal });
    const at = await set(db, 'k', '1');
    expect(new Set(await Promise.all(watching))).to.deep.equal(new Set([at]));
    stopped.abort(new Error('enough'));
    let reason: unknown;
    await given.catch((error: unknown) => (reason = error));
    expect((reason as Error).message).to.equal('enough');
  });

  it('fails when the database is closed', async () => {
    const db = await threeShards();
    const watching = failure(db.watch('a'), 'Closed');
    await setTimeout(5);
    await db.close();
    await watching;
  });
});
