import { plugin, type PostgresOptions } from '@pandakv/engine-postgres';
import { expect } from 'chai';
import { inspect } from 'node:util';
import {
  ask,
  bytes,
  cleanUp,
  closeLater,
  connect,
  EVERYTHING,
  expectCode,
  expectSilentOn,
  get,
  newDatabase,
  openAt,
} from './support.js';

const SECRET = 'S3cret-passw0rd';

async function expectOpenFails(code: Parameters<typeof expectCode>[0], options: PostgresOptions): Promise<Error> {
  return expectCode(code, async () => closeLater(await plugin.open(options)));
}

/** A role that may log in, and what it owns a database for. */
async function newRole(url: string, options = ''): Promise<{ name: string; url: string }> {
  const name = `panda_role_${Date.now()}_${Math.round(performance.now())}`;
  const database = new URL(url).pathname.slice(1);
  await ask(url, `CREATE ROLE ${name} LOGIN PASSWORD '${SECRET}' ${options}`);
  await ask(url, `GRANT CONNECT ON DATABASE ${database} TO ${name}`);
  const own = new URL(url);
  own.username = name;
  own.password = SECRET;
  closeLater({
    close: async () => {
      await ask(url, `DROP OWNED BY ${name}`);
      await ask(url, `DROP ROLE ${name}`);
    },
  });
  return { name, url: own.href };
}

describe('Errors at opening', () => {
  afterEach(cleanUp);

  it('say InvalidArgument for what only the configuration can mend', async () => {
    const url = await newDatabase();
    const other = new URL(url);
    other.pathname = '/not_there';
    await expectOpenFails('InvalidArgument', { url: other.href });
    other.pathname = new URL(url).pathname;
    other.username = 'nobody';
    await expectOpenFails('InvalidArgument', { url: other.href });
    const role = await newRole(url);
    const mistyped = new URL(role.url);
    mistyped.password = 'wrong';
    await expectOpenFails('InvalidArgument', { url: mistyped.href });
    await expectOpenFails('InvalidArgument', { url: role.url, schema: 'no right to create one' });
    await ask(url, 'CREATE SCHEMA closed');
    await expectOpenFails('InvalidArgument', { url: role.url, schema: 'closed' });
    await expectOpenFails('InvalidArgument', { url, tls: true });
  });

  it('say ShardUnavailable for a server that cannot be had now', async () => {
    const url = await newDatabase();
    await expectOpenFails('ShardUnavailable', { host: '127.0.0.1', port: 1, user: 'x' });
    await expectOpenFails('ShardUnavailable', { host: '/there/is/no/such/folder', user: 'x' });
    await expectOpenFails('ShardUnavailable', { host: 'no-such-host.invalid', user: 'x', connectTimeoutMs: 5_000 });
    const role = await newRole(url, 'CONNECTION LIMIT 1');
    await connect(role.url);
    const error = await expectOpenFails('ShardUnavailable', { url: role.url });
    expect(error.message).to.contain('no more connections').and.to.contain('53300');
    const reader = await newRole(url, 'SUPERUSER');
    await ask(url, `ALTER ROLE ${reader.name} SET default_transaction_read_only = on`);
    expect((await expectOpenFails('ShardUnavailable', { url: reader.url })).message).to.contain('read-only');
  });

  it('print no secret, whatever part of an error is looked at', async () => {
    const url = new URL(await newDatabase());
    url.password = SECRET;
    url.pathname = '/not_there';
    const all = [
      await expectOpenFails('InvalidArgument', { url: url.href }),
      await expectOpenFails('ShardUnavailable', { host: '127.0.0.1', port: 1, user: 'x', password: SECRET }),
      await expectOpenFails('InvalidArgument', { url: `postgres://u:${SECRET}@host:nonsense/x` }),
      await expectOpenFails('InvalidArgument', { url: `postgres://u:${SECRET}%@host/x` }),
      await expectOpenFails('InvalidArgument', { url: `postgres://u:${SECRET}@host/x?sslmode=${SECRET}` }),
      await expectOpenFails('InvalidArgument', { url: `postgres://u:${SECRET}@host/x`, tls: { key: '' } }),
      await expectOpenFails('InvalidArgument', { url: SECRET, password: SECRET }),
      await expectOpenFails('InvalidArgument', { host: 'x', user: 'y', password: [SECRET] } as unknown as PostgresOptions),
      await expectOpenFails('InvalidArgument', { host: 'x', user: 'y', tls: SECRET } as unknown as PostgresOptions),
      await expectOpenFails('InvalidArgument', { host: 'x', user: 'y', tls: { key: SECRET, cert: SECRET } }),
    ];
    for (const error of all) expectSilentOn(inspect(error, { depth: 10, showHidden: true }), [SECRET]);
    const engine = await openAt(await newDatabase());
    expectSilentOn(inspect(engine, { depth: 10, showHidden: true }), [SECRET]);
  });
});

describe('Errors of a store that is open', () => {
  afterEach(cleanUp);

  it('say ShardUnavailable for what may pass: a privilege taken away', async () => {
    const url = await newDatabase();
    const role = await newRole(url);
    await (await plugin.open({ url })).close();
    await ask(url, `GRANT SELECT, INSERT, UPDATE, DELETE ON panda TO ${role.name}`);
    const engine = await openAt(role.url);
    await engine.write({ puts: [[bytes('k'), bytes('v')]] });
    await ask(url, `REVOKE INSERT, UPDATE, DELETE ON panda FROM ${role.name}`);
    const error = await expectCode('ShardUnavailable', () => engine.write({ puts: [[bytes('k'), bytes('new')]] }));
    expect(error.message).to.contain('42501');
    expect(await get(engine, bytes('k'))).to.have.length(1);
    await ask(url, `REVOKE SELECT ON panda FROM ${role.name}`);
    await expectCode('ShardUnavailable', () => engine.get([bytes('k')]));
    await expectCode('ShardUnavailable', () => engine.scan(EVERYTHING, { limit: 1, maxBytes: 1 }));
    await ask(url, `GRANT SELECT, INSERT, UPDATE ON panda TO ${role.name}`);
    await engine.write({ puts: [[bytes('k'), bytes('again')]] });
    expect(await get(engine, bytes('k'))).to.have.length(5);
  });

  it('say Corruption for a table that is gone, or is another one', async () => {
    const url = await newDatabase();
    const engine = await openAt(url);
    await engine.write({ puts: [[bytes('k'), bytes('v')]] });
    await ask(url, 'ALTER TABLE panda RENAME COLUMN v TO w');
    await expectCode('Corruption', () => engine.get([bytes('k'), bytes('l')]));
    await ask(url, 'DROP TABLE panda');
    await expectCode('Corruption', () => engine.get([bytes('k')]));
    await expectCode('Corruption', () => engine.write({ puts: [[bytes('k'), bytes('v')]] }));
    await expectCode('Corruption', () => engine.estimate(EVERYTHING));
  });

  it('never hide rows behind a policy: that is an error', async () => {
    const url = await newDatabase();
    const role = await newRole(url);
    const owner = await openAt(url);
    await owner.write({ puts: [[bytes('k'), bytes('v')]] });
    await ask(url, `GRANT SELECT, INSERT, UPDATE, DELETE ON panda TO ${role.name}`);
    const engine = await openAt(role.url);
    await ask(url, 'ALTER TABLE panda ENABLE ROW LEVEL SECURITY');
    await expectCode('ShardUnavailable', () => engine.get([bytes('k')]));
  });

  it('carry the server error as the cause, and its SQLSTATE, but not its words', async () => {
    const url = await newDatabase();
    const engine = await openAt(url);
    await ask(url, `ALTER TABLE panda ADD CHECK (v <> convert_to('${SECRET}', 'UTF8'))`);
    const error = await expectCode('ShardUnavailable', () => engine.write({ puts: [[bytes('k'), bytes(SECRET)]] }));
    expect(error.message).to.contain('23514');
    expect((error.cause as { code: string }).code).to.equal('23514');
    expectSilentOn(error.message, ['panda_v_check', SECRET]);
    expect(await get(engine, bytes('k'))).to.equal(undefined);
  });
});
