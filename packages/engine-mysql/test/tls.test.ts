import { expect } from 'chai';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUTHORITY, CERTIFICATE, KEY } from './fixtures/certificates.js';
import { administer, bytes, cleanUp, closeLater, expectCode, get, hex, KINDS, newDatabase, open, ownServer } from './support.js';

/** Files that a server of another user may read. */
async function certificateFiles(): Promise<{ readonly ca: string; readonly cert: string; readonly key: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'panda-tls-'));
  await chmod(folder, 0o755);
  closeLater({ close: async () => rm(folder, { recursive: true }) });
  const files = { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  await writeFile(files.ca, AUTHORITY);
  await writeFile(files.cert, CERTIFICATE);
  await writeFile(files.key, KEY, { mode: 0o644 });
  return files;
}

for (const kind of KINDS) {
  describe(`TLS to ${kind}`, () => {
    afterEach(cleanUp);

    it('is used when asked for, with a certificate that is trusted and for the right name, and only then', async () => {
      const { ca, cert, key } = await certificateFiles();
      const server = await ownServer(kind, { 'ssl-ca': ca, 'ssl-cert': cert, 'ssl-key': key });
      const url = await server.createDatabase();
      const trusted = { ca: AUTHORITY, servername: 'localhost' };
      await open({ url, tls: trusted }).then(async (engine) => {
        await engine.write({ puts: [[bytes('k'), bytes('v')]] });
        expect(hex(await get(engine, bytes('k')))).to.equal(hex(bytes('v')));
      });
      await open({ url, tls: { rejectUnauthorized: false } });
      for (const tls of [
        { ...trusted, servername: 'elsewhere.example' },
        { servername: 'localhost' },
        { ...trusted, ca: CERTIFICATE },
      ]) {
        const error = await expectCode('ShardUnavailable', () => open({ url, tls }));
        expect(error.message).to.match(/certificate/);
      }
    });

    it('that the server does not offer, or that it insists on, is a matter of the options', async () => {
      if (kind === 'mariadb') {
        const tls = { ca: AUTHORITY, servername: 'localhost' };
        const error = await expectCode('InvalidArgument', async () => open({ url: await newDatabase(kind), tls }));
        expect(error.message).to.match(/does not offer TLS/);
        return;
      }
      const server = await ownServer(kind);
      const url = await server.createDatabase();
      await (await administer(url)).query('SET GLOBAL require_secure_transport=ON');
      const error = await expectCode('InvalidArgument', () => open({ url }));
      expect(error.message).to.match(/with TLS only/);
      await open({ url, tls: { rejectUnauthorized: false } });
    });
  });
}
