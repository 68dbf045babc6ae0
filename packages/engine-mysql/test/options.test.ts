import { ENGINE_PLUGIN, type EnginePlugin } from '@pandakv/core/engine';
import { mysql, plugin, type MysqlOptions } from '@pandakv/engine-mysql';
import { expect } from 'chai';
import { Container } from 'inversify';
import { inspect } from 'node:util';
import { settingsOf } from '../dist/settings.js';
import { administer, bytes, cleanUp, expectCode, KINDS, newDatabase, open } from './support.js';

const SECRET = 'hunter2!:/@?#%';
const ENCODED = encodeURIComponent(SECRET);

const problemOf = (options: unknown) => plugin.schema.safeParse(options).error?.issues[0]?.message;

describe('The options of the mysql engine', () => {
  it("belong to the plugin named 'mysql', which its module binds under that name", () => {
    const container = new Container();
    container.load(plugin.module);
    expect(plugin.name).to.equal('mysql');
    expect(container.get<EnginePlugin>(ENGINE_PLUGIN, { name: 'mysql' })).to.equal(plugin);
    const options = { database: 'app' };
    expect(mysql(options)).to.deep.equal({ plugin, options });
  });

  it('tell which store they mean, without the password', () => {
    const url = `mysql://u:${ENCODED}@DB.example/app?table=t1`;
    const same = { host: 'db.example', user: 'other', password: 'p', database: 'app', table: 't1' };
    expect(plugin.storageOf?.({ url })).to.equal('mysql db.example:3306/app/t1').and.equal(plugin.storageOf?.(same));
    expect(plugin.storageOf?.({ ...same, table: 't2' })).to.not.equal(plugin.storageOf?.(same));
  });

  it('may be a connection string, with parameters', () => {
    const url = `mysql://me%40x:${ENCODED}@db.example:3307/app?table=t1&connections=8&queueMax=5&tls=true&requestTimeoutMs=700`;
    expect(settingsOf(plugin.schema.parse({ url }))).to.deep.include({
      host: 'db.example',
      port: 3307,
      user: 'me@x',
      password: SECRET,
      database: 'app',
      table: 't1',
      connections: 8,
      queueMax: 5,
      requestTimeoutMs: 700,
      tls: { material: { ca: undefined, cert: undefined, key: undefined }, rejectUnauthorized: true, servername: 'db.example' },
    });
    expect(settingsOf({ url: 'mariadb://[::1]/app' })).to.include({ host: '::1', port: 3306, user: undefined });
    expect(settingsOf({ url: 'mysql://u@x/app?socketPath=/run/mysqld.sock' })).to.include({ socketPath: '/run/mysqld.sock' });
  });

  it('may be said one by one, with defaults for most, and twice checked are the same', () => {
    const parsed = plugin.schema.parse({ database: 'app', user: 'me', password: SECRET });
    expect(plugin.schema.parse(parsed)).to.deep.equal(parsed);
    expect(settingsOf(parsed)).to.deep.include({
      host: '127.0.0.1',
      port: 3306,
      table: 'panda',
      connections: 4,
      queueMax: 1_000,
      connectTimeoutMs: 10_000,
      requestTimeoutMs: 10_000,
      tls: undefined,
    });
  });

  it('say what is wrong with them', () => {
    const wrong: [options: unknown, problem: RegExp][] = [
      [{}, /needed/],
      [{ url: 'mysql://h' }, /needed/],
      [{ url: 'postgres://h/app' }, /form/],
      [{ url: 'mysql://h/app?tabel=x' }, /known parameters/],
      [{ url: 'mysql://h/app?connections=many' }, /form/],
      [{ url: 'mysql://h/app?connections=0' }, /connections/],
      [{ url: 'mysql://h/app', user: 'me' }, /`user` does not go with `url`/],
      [{ database: 'app', tabel: 'x' }, /tabel/],
      [{ database: 'app', table: 'Panda' }, /lower-case/],
      [{ database: 'app', table: 'x`; DROP TABLE y' }, /lower-case/],
      [{ database: 'app', table: 'a'.repeat(65) }, /at most 64/],
      [{ database: 'app', port: 0 }, /./],
      [{ database: 'app', connections: 0 }, /./],
      [{ database: 'app', queueMax: -1 }, /./],
      [{ database: 'app', requestTimeoutMs: 0 }, /./],
      [{ database: 'app', socketPath: '/s', port: 1 }, /`port` does not go with `socketPath`/],
      [{ database: 'app', socketPath: '/s', tls: true }, /`tls` does not go with `socketPath`/],
      [{ database: 'app', tls: { cert: 'x' } }, /`cert` and `key` go together/],
      [{ database: 'app', tls: { caFile: 'x' } }, /./],
    ];
    for (const [options, problem] of wrong) expect(problemOf(options), JSON.stringify(options)).to.match(problem);
  });

  it('need a name to look for in the certificate, where the host is an address', async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const error = await expectCode('InvalidArgument', () => plugin.open({ host, database: 'app', tls: true }));
      expect(error.message).to.contain('servername');
      expect(settingsOf({ host, database: 'app', tls: { servername: 'db' } }).tls).to.include({ servername: 'db' });
      expect(settingsOf({ host, database: 'app', tls: { rejectUnauthorized: false } }).tls).to.include({
        rejectUnauthorized: false,
      });
    }
  });

  it('never show a secret in what is wrong with them, wherever it was put', async () => {
    const leaks: MysqlOptions[] = [
      { url: `mysql://u:${SECRET}@h/app` },
      { url: `mysql://u:hunter2?x=1@h/app` },
      { url: `mysql://u:1234/hunter2@h/app` },
      { url: `mysql://u:p@h/app?hunter2=1` },
      { url: `mysql://u:hunter2@h:99999/app` },
      { url: `hunter2` },
      { database: 'app', password: SECRET, port: -1 },
      { database: 'app', password: [SECRET] as unknown as string },
    ];
    for (const options of leaks) {
      const error = await expectCode('InvalidArgument', () => plugin.open(options));
      expect(inspect(error, { depth: Infinity, showHidden: true })).to.not.contain('hunter2');
    }
  });
});

for (const kind of KINDS) {
  describe(`Secrets, with ${kind}`, () => {
    afterEach(cleanUp);

    const show = (value: unknown) => inspect(value, { depth: Infinity, showHidden: true, getters: true });

    it('are neither in an error nor in what an engine shows of itself', async () => {
      const url = new URL(await newDatabase(kind));
      const right = decodeURIComponent(url.password);
      url.password = ENCODED;
      const refused = await expectCode('InvalidArgument', () => open({ url: url.href }));
      expect(refused.message).to.match(/refused the user or the password/);
      expect(show(refused)).to.not.contain('hunter2');

      url.password = encodeURIComponent(right);
      const engine = await open({ url: url.href });
      await engine.write({ puts: [[bytes('k'), bytes('v')]] });
      if (right !== '') expect(show(engine)).to.not.contain(right);
    });

    it('of users, their values, are not in an error', async () => {
      const url = await newDatabase(kind);
      const engine = await open({ url });
      await (await administer(url)).query('DROP TABLE panda');
      const value = Buffer.from('attack at dawn');
      const error = await expectCode('Corruption', () => engine.write({ puts: [[bytes('k'), value]] }));
      expect(show(error)).to.not.contain(value.toString()).and.to.not.contain(value.toString('hex'));
    });
  });
}
