import { ENGINE_PLUGIN, type EnginePlugin } from '@pandakv/core/engine';
import { plugin, postgres } from '@pandakv/engine-postgres';
import { expect } from 'chai';
import { Container } from 'inversify';
import { CERTIFICATE, CLIENT_KEY } from './tls-proxy.js';

const problemOf = (options: unknown) => plugin.schema.safeParse(options).error?.issues[0]?.message;
const PLACE = { host: 'h', user: 'u' };

describe('The plugin', () => {
  it("is named 'postgres', and bound under that name by its module", () => {
    const container = new Container();
    container.load(plugin.module);
    expect(plugin.name).to.equal('postgres');
    expect(container.get<EnginePlugin>(ENGINE_PLUGIN, { name: 'postgres' })).to.equal(plugin);
  });

  it('tells which store options mean, without the password', () => {
    const same = { host: 'db.example', user: 'other', password: 'p', database: 'app', table: 't1' };
    const storage = plugin.storageOf?.({ url: 'postgres://u:secret@DB.example/app', table: 't1' });
    expect(storage).to.equal('postgres db.example:5432/app/public/t1').and.equal(plugin.storageOf?.(same));
    expect(plugin.storageOf?.({ ...same, schema: 's' })).to.not.equal(storage);
  });

  it('makes sources of its options', () => {
    const options = { url: 'postgres://u@h/d' };
    expect(postgres(options)).to.deep.equal({ plugin, options });
  });

  it('takes a connection string or its parts, and passes them on as they are', () => {
    for (const options of [
      PLACE,
      { host: '/run/socket', user: 'u', port: 1, password: ' :@/%', database: 'd' },
      { ...PLACE, schema: 's', table: 't', connections: 1, queueMax: 0, connectTimeoutMs: 1, requestTimeoutMs: 1 },
      { ...PLACE, tls: true },
      {
        ...PLACE,
        tls: { ca: CERTIFICATE, cert: Buffer.from(CERTIFICATE), key: CLIENT_KEY, rejectUnauthorized: false, servername: 's' },
      },
      { url: 'postgres://u@h' },
      { url: 'postgresql://u:p%40%2F@[::1]:5433/d?sslmode=verify-full', table: 't' },
      { url: 'postgres://u@h/d', tls: false },
    ]) {
      const parsed = plugin.schema.safeParse(options);
      expect(parsed.error).to.equal(undefined);
      expect(parsed.data).to.deep.equal(options);
    }
  });

  it('says what is wrong with options', () => {
    for (const [options, problem] of [
      [{}, 'Give `url`, or `host` and `user`'],
      [{ host: 'h' }, 'with `host`'],
      [{ url: 'postgres://u@h', host: 'h' }, '`host` does not go with `url`'],
      [{ url: 'postgres://u@h', password: 'p' }, '`password` does not go with `url`'],
      [{ url: 'mysql://u@h' }, 'must be a connection string'],
      [{ url: 'postgres://h/d' }, 'must name a user'],
      [{ url: 'postgres:///d' }, 'must name a host'],
      [{ url: 'postgres://u:%@h/d' }, 'percent sign'],
      [{ url: 'postgres://u@h/d?sslmode=prefer' }, 'sslmode of disable, require, verify-full'],
      [{ url: 'postgres://u@h/d?options=-c' }, 'no parameter but `sslmode`'],
      [{ url: 'postgres://u@h/d?sslmode=require', tls: true }, '`tls` does not go with `sslmode`'],
      [{ ...PLACE, table: 'é'.repeat(32) }, 'at most 63 bytes'],
      [{ ...PLACE, schema: 'a\0' }, 'NUL'],
      [{ ...PLACE, table: '' }, 'expected string'],
      [{ ...PLACE, conections: 4 }, 'conections'],
      [{ ...PLACE, connections: 0 }, 'expected number'],
      [{ ...PLACE, queueMax: -1 }, 'expected number'],
      [{ ...PLACE, requestTimeoutMs: Infinity }, 'expected'],
      [{ ...PLACE, port: 65_536 }, 'expected number'],
      [{ ...PLACE, tls: 'yes' }, 'must be a boolean'],
      [{ ...PLACE, tls: { cipher: 'x' } }, 'cipher'],
      [{ ...PLACE, tls: { ca: 7 } }, 'must be a boolean'],
      [{ ...PLACE, tls: { cert: CERTIFICATE, key: 'no key' } }, 'cannot be read'],
    ] as const) {
      expect(problemOf(options), JSON.stringify(options)).to.contain(problem);
    }
  });
});
