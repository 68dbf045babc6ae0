import { openDatabase, prefix, type Database, type Snapshot } from '@pandakv/core';
import { expect } from 'chai';
import { SEED, seededRandom } from './random.js';
import { Transfers } from './transfers.js';
import { mixedStores, type Stores } from './workloads/stores.js';

const TIMEOUT_MS = 120_000;
const ACCOUNTS = 20;
const KEY_BYTES_MAX = 1_024;
const VALUE_BYTES_MAX = 1024 * 1024;

/** Each way between two engines that store bytes in another manner, where the servers are there. */
const WAY = ['mariadb', 'postgres', 'mysql', 'postgres', 'mariadb', 'sqlite', 'mysql', 'level', 'postgres', 'level'];

async function listed(source: Database | Snapshot): Promise<[string, string][]> {
  const rows: [string, string][] = [];
  for await (const [key, value] of source.scan(prefix('a/row/'))) {
    rows.push([Buffer.from(key).toString('latin1'), Buffer.from(value).toString('latin1')]);
  }
  return rows;
}

/** Bytes that mean something to one engine or another, and rows as large as they may be. */
async function fill(db: Database): Promise<void> {
  const keys = ['\0', '\x7f', "'", '"', '\\', '%', ' ', '\\x00', '\u00e9'].map((end) => Buffer.from(`a/row/${end}`, 'latin1'));
  keys.push(Buffer.concat([Buffer.from('a/row/'), Buffer.alloc(KEY_BYTES_MAX - 6, 0xff)]));
  for (const round of [1, 2]) {
    await db.write(keys.map((key, at) => ({ type: 'set', key, value: Buffer.alloc(at * round, 0xe0 + at) }) as const));
  }
  await db.write([{ type: 'set', key: 'a/row/large', value: Buffer.alloc(VALUE_BYTES_MAX, 0xa7) }]);
}

describe(`moves between engines (PANDA_SEED=${SEED})`, function () {
  this.timeout(TIMEOUT_MS);
  let stores: Stores;
  before(async () => {
    stores = await mixedStores();
  });
  after(() => stores.close());

  it('bring every byte and every version, there and back, under transfers', async () => {
    const db = await openDatabase(stores.config);
    try {
      await fill(db);
      const before = db.snapshot();
      const old = await listed(before);
      await db.write([{ type: 'delete', key: old[0]![0] }]);
      const rows = await listed(db);
      const transfers = new Transfers(db, stores.prefixes, ACCOUNTS, seededRandom(SEED));
      await transfers.fill();
      const running = [transfers.run('x'), transfers.run('y')];
      const present = WAY.filter((to) => stores.config.shards.some(({ id }) => id === to));
      for (const to of present) {
        await db.move({ end: 'f' }, to);
        expect(db.ranges()[0]!.shard).to.equal(to);
        expect(await listed(db), `rows on ${to}`).to.deep.equal(rows);
        expect(await listed(before), `versions on ${to}`).to.deep.equal(old);
        await transfers.checkTotal();
      }
      transfers.stop();
      await Promise.all(running);
      await transfers.checkAll();
      expect(transfers.acknowledged).to.be.greaterThan(present.length);
      await db.movesCleaned();
    } finally {
      await db.close();
    }
  });
});
