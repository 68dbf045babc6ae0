import { openDatabase, type Database, type DatabaseConfig } from '@pandakv/core';
import { hasMysql, startServer, type Server } from '@pandakv/testbed';
import { expect } from 'chai';
import { SEED, seededRandom } from './random.js';
import { Transfers } from './transfers.js';

const TIMEOUT_MS = 240_000;
/** PANDA_MIGRATION_ROWS makes the bank larger, PANDA_MIGRATION_ROUNDS has it go there and back more often. */
const ROWS = Number(process.env['PANDA_MIGRATION_ROWS'] ?? 2_000);
const ROUNDS = Number(process.env['PANDA_MIGRATION_ROUNDS'] ?? 3);
const CLIENTS = 4;
const ACCOUNTS = 24;
const PREFIXES = ['a', 'f', 'k', 'p'];

const THERE = { from: ['mysql-old', 'postgres-old'], to: ['postgres-new', 'mysql-new'] };

/** Two shards that serve, and two of the other engine each that are empty. */
async function bankOn(mysql: Server, postgres: Server): Promise<DatabaseConfig> {
  const urls = { mysql: await mysql.createDatabase(), postgres: await postgres.createDatabase() };
  const shard = (kind: 'mysql' | 'postgres', age: string): DatabaseConfig['shards'][number] => ({
    id: `${kind}-${age}`,
    engine: `@pandakv/engine-${kind}`,
    options: { url: urls[kind], table: age },
  });
  return {
    shards: [shard('mysql', 'old'), shard('postgres', 'old'), shard('postgres', 'new'), shard('mysql', 'new')],
    splits: [
      { key: 'f', shard: 'mysql-old' },
      { key: 'k', shard: 'postgres-old' },
      { key: 'p', shard: 'postgres-old' },
    ],
  };
}

const owners = (db: Database): string =>
  db
    .ranges()
    .map(({ shard }) => shard)
    .join(' ');
const OLD = 'mysql-old mysql-old postgres-old postgres-old';
const NEW = 'postgres-new postgres-new mysql-new mysql-new';

describe(`migrations between engines (PANDA_SEED=${SEED})`, function () {
  this.timeout(TIMEOUT_MS);
  let servers: readonly [Server, Server];
  before(async () => {
    servers = await Promise.all([startServer(hasMysql() ? 'mysql' : 'mariadb'), startServer('postgres')]);
  });
  after(() => Promise.all(servers.map((server) => server.close())));

  it(`a bank over MySQL and PostgreSQL goes there and back ${ROUNDS} times under transfers, and its total is right`, async () => {
    const db = await openDatabase(await bankOn(...servers));
    try {
      const transfers = new Transfers(db, PREFIXES, ACCOUNTS, seededRandom(SEED));
      await transfers.fill();
      for (let at = 0; at < ROWS; at += 500) {
        const keys = Array.from({ length: Math.min(500, ROWS - at) }, (_, i) => `${PREFIXES[i % 4]!}/row/${at + i}`);
        await db.write(keys.map((key) => ({ type: 'set', key, value: key.repeat(8) }) as const));
      }
      const running = Array.from({ length: CLIENTS }, (_, client) => transfers.run(`${client}-`));
      const someMore = async (): Promise<void> => {
        const enough = transfers.acknowledged + 10;
        while (transfers.acknowledged < enough) await transfers.checkTotal();
      };
      await db.migrate.start(THERE);
      await db.migrate.verify();
      for (let round = 0; round < ROUNDS; round++) {
        await db.migrate.switch();
        expect(owners(db)).to.equal(NEW);
        await someMore();
        await db.migrate.reverse();
        expect(owners(db)).to.equal(OLD);
        await someMore();
      }
      await db.migrate.verify();
      await db.migrate.switch();
      await db.migrate.complete();
      await someMore();
      transfers.stop();
      await Promise.all(running);
      await transfers.checkAll();
      await db.movesCleaned();
      let rows = 0;
      for await (const [key] of db.scan({})) if (Buffer.from(key).toString().includes('/row/')) rows++;
      expect(rows).to.equal(ROWS);
      await db.removeShard('postgres-old');
    } finally {
      await db.close();
    }
  });
});
