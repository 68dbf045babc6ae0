import { startServer, type Server, type ServerKind } from '@pandakv/testbed';
import { expect } from 'chai';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ask, cleanUp, isListening, KINDS } from './support.js';

const SETTINGS: Readonly<Record<ServerKind, readonly [name: string, value: string, query: string, shown: unknown]>> = {
  mariadb: ['max_allowed_packet', '2M', 'SELECT @@max_allowed_packet', 2 * 2 ** 20],
  mysql: ['max_allowed_packet', '2M', 'SELECT @@max_allowed_packet', 2 * 2 ** 20],
  postgres: ['fsync', 'off', 'SHOW fsync', 'off'],
};

const DURABLE: Readonly<Record<ServerKind, readonly [query: string, shown: unknown]>> = {
  mariadb: ['SELECT @@innodb_flush_log_at_trx_commit', 1],
  mysql: ['SELECT @@innodb_flush_log_at_trx_commit * @@sync_binlog * @@log_bin', 1],
  postgres: ["SELECT current_setting('fsync') || current_setting('synchronous_commit')", 'onon'],
};

async function databaseNames(kind: ServerKind, url: string): Promise<string> {
  const names =
    kind === 'postgres'
      ? "SELECT string_agg(datname, ' ') FROM pg_database"
      : "SELECT GROUP_CONCAT(schema_name SEPARATOR ' ') FROM information_schema.schemata";
  return String(await ask(kind, url, names));
}

for (const kind of KINDS) {
  describe(`A server of ${kind}`, function () {
    this.timeout(180_000);
    let server: Server;

    before(async () => {
      server = await startServer(kind, { settings: { [SETTINGS[kind][0]]: SETTINGS[kind][1] } });
    });
    afterEach(cleanUp);
    after(() => server.close());

    it('takes connections with its connection strings, each of an empty database of its own', async () => {
      const urls = [await server.createDatabase(), await server.createDatabase()];
      for (const url of urls) await ask(kind, url, 'CREATE TABLE t (i INT)', 'INSERT INTO t VALUES (1)');
      expect(new Set(urls)).to.have.lengthOf(2);
      expect(server.isOwned).to.be.true;
    });

    it('refuses a wrong password', async () => {
      const url = new URL(await server.createDatabase());
      url.password = 'wrong';
      expect(await ask(kind, url.href, 'SELECT 1').catch(() => 'refused')).to.equal('refused');
    });

    it('names a database as asked, and refuses a name that is taken', async () => {
      const url = await server.createDatabase('of "my` own');
      expect(await databaseNames(kind, url)).to.include('of "my` own');
      expect(await server.createDatabase('of "my` own').catch(() => 'refused')).to.equal('refused');
    });

    it('says what it is', () => {
      expect(server.version).to.match({ mariadb: /MariaDB/, mysql: /^[89]\./, postgres: /^PostgreSQL \d/ }[kind]);
    });

    it('has the settings that were asked for, and commits durably by default', async () => {
      const url = await server.createDatabase();
      const [, , query, shown] = SETTINGS[kind];
      expect(await ask(kind, url, query)).to.equal(shown);
      if (kind === 'postgres') return; // its fsync was turned off above
      expect(Number(await ask(kind, url, DURABLE[kind][0]))).to.equal(DURABLE[kind][1]);
    });

    it('keeps what was committed over kill and start, at the same place', async () => {
      const url = await server.createDatabase();
      await ask(kind, url, 'CREATE TABLE t (i INT)', 'INSERT INTO t VALUES (42)');
      for (const end of ['kill', 'stop', 'kill'] as const) {
        await server[end]();
        expect(await isListening(url)).to.be.false;
        await server.start();
        expect(await ask(kind, url, 'SELECT i FROM t')).to.equal(42);
      }
    });

    it('comes back when whoever took its port while it was down has left', async () => {
      const url = await server.createDatabase();
      await server.kill();
      const other = createServer((socket) => socket.destroy()).listen(server.port, server.host);
      await once(other, 'listening');
      const started = server.start();
      await delay(1_000);
      other.close();
      await started;
      expect(await ask(kind, url, 'SELECT 7')).to.equal(7);
    });

    it('breaks open connections when it is killed, those in a statement too', async () => {
      const url = await server.createDatabase();
      const sleeping = ask(kind, url, kind === 'postgres' ? 'SELECT pg_sleep(600)' : 'SELECT SLEEP(600)');
      const broken = sleeping.then(
        () => 'answered',
        () => 'broken',
      );
      await delay(200);
      await server.kill();
      expect(await broken).to.equal('broken');
      await server.start();
    });

    it('answers nothing while it is suspended, and goes on when it is resumed', async () => {
      const url = await server.createDatabase();
      await server.suspend();
      const answer = ask(kind, url, 'SELECT 7');
      const first = await Promise.race([answer, delay(500, 'silence')]);
      await server.resume();
      expect(first).to.equal('silence');
      expect(await answer).to.equal(7);
    });

    it('can be killed while it is suspended', async () => {
      const url = await server.createDatabase();
      await server.suspend();
      await server.kill();
      expect(await isListening(url)).to.be.false;
      await server.start();
      expect(await ask(kind, url, 'SELECT 7')).to.equal(7);
    });
  });
}

describe('A server of postgres with its own defaults', () => {
  it('commits durably', async () => {
    const server = await startServer('postgres');
    try {
      const [query, shown] = DURABLE.postgres;
      expect(await ask('postgres', await server.createDatabase(), query)).to.equal(shown);
    } finally {
      await server.close();
    }
  });
});
