import { plugin } from '@pandakv/engine-postgres';
import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { bytes, cleanUp, closeLater, expectCode, get, newDatabase } from './support.js';
import { CERTIFICATE, CLIENT_KEY, TlsProxy } from './tls-proxy.js';

describe('TLS', () => {
  let proxy: TlsProxy;
  let place: { host: string; port: number; user: string; password: string; database: string };
  beforeEach(async () => {
    const url = new URL(await newDatabase());
    proxy = closeLater(await TlsProxy.before(url.href));
    const [user, password, database] = [url.username, url.password, url.pathname.slice(1)].map(decodeURIComponent) as [
      string,
      string,
      string,
    ];
    place = { host: 'localhost', port: proxy.port, user, password, database };
  });
  afterEach(cleanUp);

  it('carries all there is to carry, to a server with a trusted certificate of the right name', async () => {
    const tls = { ca: CERTIFICATE, servername: 'db.test' };
    for (const host of ['localhost', '127.0.0.1']) {
      const engine = closeLater(await plugin.open({ ...place, host, tls }));
      const value = randomBytes(3_000_000);
      await engine.write({ puts: [[bytes('k'), value]] });
      expect(Buffer.compare((await get(engine, bytes('k')))!, value)).to.equal(0);
      expect(proxy.clients.at(-1)).to.deep.equal({ servername: 'db.test', hasCertificate: false });
    }
  });

  it('refuses a server with another certificate, or another name', async () => {
    for (const tls of [true, {}, { servername: 'db.test' }, { ca: CERTIFICATE }, { ca: CERTIFICATE, servername: 'other.test' }]) {
      const error = await expectCode('InvalidArgument', () => plugin.open({ ...place, tls }));
      expect(error.message).to.contain('certificate');
    }
  });

  it('takes any certificate where it is told so, and shows its own where it has one', async () => {
    closeLater(await plugin.open({ ...place, tls: { rejectUnauthorized: false } }));
    const { user, password, database } = place;
    const url = `postgres://${user}:${encodeURIComponent(password)}@localhost:${place.port}/${database}?sslmode=require`;
    closeLater(await plugin.open({ url }));
    const own = { cert: Buffer.from(CERTIFICATE), key: CLIENT_KEY, rejectUnauthorized: false };
    closeLater(await plugin.open({ ...place, tls: own }));
    expect(proxy.clients.map(({ hasCertificate }) => hasCertificate)).to.deep.equal([false, false, true]);
  });
});
