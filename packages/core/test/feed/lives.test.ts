import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { openDatabase, PandaError, prefix, range, type Database, type DatabaseConfig, type Timestamp } from '@pandakv/core';
import { sqlite } from '@pandakv/engine-sqlite';
import { listed } from '../support/databases.js';
import { failure } from '../support/failure.js';
import { Mirror } from '../support/mirror.js';
import { SEED, withSeed } from '../support/random.js';
import { storesOf } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';
import { until } from '../support/until.js';

const KEYS = ['a/watched', 'k/watched', 't/watched'];
const WRITERS = 3;
const SLOWLY = { bytesPerSecond: 1_000 };

/** Three shards, and a fourth of another engine that has nothing yet. */
async function configOf(folder: string): Promise<DatabaseConfig> {
  const config = await storesOf(folder);
  return { ...config, shards: [...config.shards, { id: 's4', engine: sqlite({ file: join(folder, 's4.sqlite') }) }] };
}

/** What becomes of the ranges in each life of the database; it is closed after each, in the midst of what has been begun. */
const LIVES: readonly ((db: Database) => Promise<void>)[] = [
  async (db) => {
    await db.split('a/m');
    await db.move(prefix('k'), 's1');
    await db.merge('a/m');
    await db.move(range('t', 'z'), 's2');
    void failure(db.move(prefix('k'), 's3', SLOWLY), 'Closed');
    await until(async () => (await db.moves()).length > 0);
  },
  async (db) => {
    const [move] = await db.moves();
    await db.resumeMove(move!.range.id, { bytesPerSecond: 100_000_000 });
    await db.migrate.start({ from: ['s3'], to: ['s4'] });
    await db.migrate.verify();
    await db.migrate.switch();
  },
  async (db) => {
    await db.migrate.reverse();
    await db.migrate.verify();
    await db.migrate.switch();
    await db.migrate.complete();
    expect(db.ranges().some(({ shard }) => shard === 's4')).to.equal(true);
  },
];

/** Goes on until the database is closed. */
async function untilClosed(work: () => Promise<void>): Promise<void> {
  try {
    for (;;) await work();
  } catch (error) {
    if (!PandaError.is(error, 'Closed')) throw error;
  }
}

/** Keys that are written again and again, and who watches them. */
class Watched {
  readonly committed = new Map<string, Timestamp[]>(KEYS.map((key) => [key, []]));
  readonly told = new Map<string, Timestamp[]>(KEYS.map((key) => [key, []]));
  readonly #start: Timestamp;

  constructor(start: Timestamp) {
    this.#start = start;
  }

  async watch(db: Database, key: string): Promise<void> {
    const told = this.told.get(key)!;
    const since = told.at(-1) ?? this.#start;
    const changedAt = await db.watch(key, { since });
    expect(changedAt, 'a watch goes on in time').to.be.greaterThan(since);
    told.push(changedAt);
  }

  get isUpToDate(): boolean {
    return KEYS.every((key) => this.told.get(key)!.at(-1) === Math.max(...this.committed.get(key)!));
  }
}

describe('feeds and watches over the lives of a database', () => {
  it(`lose, repeat and reorder nothing while ranges change, move and go to another engine (PANDA_SEED=${SEED})`, () =>
    withSeed(async (random) => {
      const folder = tempFolder();
      let db = await openDatabase(await configOf(folder));
      const start = await db.write([{ type: 'set', key: 'z', value: 'start' }]);
      const mirror = new Mirror(start);
      mirror.state.set('z', 'start');
      const watched = new Watched(start);
      const ids = new Set<string>();
      let written = 0;
      const write = async (): Promise<void> => {
        const keys = KEYS.filter(() => random() < 0.4);
        const timestamp = await db.transact(async (transaction) => {
          for (const key of keys) transaction.set(key, `${++written}`);
          transaction.set(`${'akt'[written % 3]!}/${Math.floor(random() * 40)}`, `${++written}`);
          if (random() < 0.3) transaction.delete(`${'akt'[written % 3]!}/${Math.floor(random() * 40)}`);
          const at = await transaction.commit();
          ids.add(transaction.id);
          return at;
        });
        for (const key of keys) watched.committed.get(key)!.push(timestamp);
        await setTimeout(1);
      };
      let end = Infinity;
      for (const [life, change] of LIVES.entries()) {
        if (life > 0) db = await openDatabase(await configOf(folder));
        let writing = true;
        const writers = Array.from({ length: WRITERS }, async () => {
          while (writing) await write();
        });
        const following = untilClosed(() => mirror.follow(db, () => end, 30, random));
        const watching = KEYS.map((key) => untilClosed(() => watched.watch(db, key)));
        await change(db);
        writing = false;
        await Promise.all(writers);
        if (life === LIVES.length - 1) {
          end = await db.write([{ type: 'delete', key: 'z' }]);
          await until(() => mirror.last >= end && watched.isUpToDate);
          expect(mirror.listed()).to.deep.equal(await listed(db.scan({})));
        }
        await db.close();
        await Promise.all([following, ...watching]);
      }
      for (const id of ids) expect(mirror.seen.has(id), `${id} was told`).to.equal(true);
      expect(mirror.seen.size).to.equal(ids.size + 1);
      for (const key of KEYS) expect(watched.committed.get(key)).to.include.members(watched.told.get(key)!);
    }));
});
