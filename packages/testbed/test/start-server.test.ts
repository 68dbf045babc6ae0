import { hasMysql, sharedServer, startServer } from '@pandakv/testbed';
import { expect } from 'chai';
import { readdir } from 'node:fs/promises';
import {
  ask,
  cleanUp,
  closeLater,
  isListening,
  KINDS,
  later,
  nextLine,
  removeFolder,
  runProgram,
  serverFolders,
  temporaryFolder,
  until,
  withEnvironment,
} from './support.js';

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(Error);
  return (error as Error).message;
}

describe('Starting a server', function () {
  this.timeout(180_000);
  afterEach(cleanUp);

  for (const kind of KINDS) {
    it(`takes the server of a connection string, and leaves it as it was (${kind})`, async () => {
      const owned = closeLater(await startServer(kind, { settings: {} }));
      const url = await owned.createDatabase('theirs');
      withEnvironment({ [`PANDA_${kind.toUpperCase()}_URL`]: url });
      const named = await startServer(kind);
      expect(named).to.include({
        isOwned: false,
        port: owned.port,
        user: owned.user,
        password: owned.password,
        version: owned.version,
      });
      const made = await named.createDatabase();
      expect(await ask(kind, made, 'SELECT 7')).to.equal(7);
      expect(await messageOf(named.kill())).to.include('does not own');
      await named.close();
      expect(await ask(kind, made, 'SELECT 7').catch(() => 'dropped')).to.equal('dropped');
      expect(await ask(kind, url, 'SELECT 7')).to.equal(7);
    });
  }

  it('works in several processes at once, and unpacks what the first one left', async () => {
    const temporary = await temporaryFolder();
    later(() => removeFolder(temporary));
    const start = () =>
      runProgram('./fixtures/start.js', ['postgres', 'own', 'end'], { TMPDIR: temporary, PANDA_POSTGRES_URL: '' });
    for (const count of [2, 1]) {
      for (const program of Array.from({ length: count }, start)) {
        expect([await nextLine(program), await nextLine(program)][1]).to.match(/^postgresql:/);
      }
    }
    await until('the folders are gone', async () => (await serverFolders(temporary)).length === 0);
    const templates = await readdir(`${temporary}/panda-testbed-templates-${process.getuid?.() ?? 0}`);
    expect(templates).to.have.lengthOf(1);
  });

  it('gives each caller a server of its own, and all callers the shared one', async () => {
    const [one, other, shared] = await Promise.all([startServer('postgres'), startServer('postgres'), sharedServer('postgres')]);
    closeLater(one);
    closeLater(other);
    if (one.isOwned) expect(new Set([one.port, other.port, shared.port])).to.have.lengthOf(3);
    expect(await sharedServer('postgres')).to.equal(shared);
  });

  it('refuses settings that the server does not know, with what the server said, and leaves nothing', async () => {
    const message = await messageOf(startServer('mariadb', { settings: { no_such_setting: '1' } }));
    expect(message).to.include('no_such_setting');
  });

  it('refuses a connection string of something else, without repeating it', async () => {
    for (const value of ['nonsense secret', 'http://u:secret@127.0.0.1/']) {
      withEnvironment({ PANDA_POSTGRES_URL: value });
      const message = await messageOf(startServer('postgres'));
      expect(message).to.include('PANDA_POSTGRES_URL').and.not.include('secret');
    }
  });

  it('does not take MariaDB for MySQL', async () => {
    const mariadb = closeLater(await startServer('mariadb', { settings: {} }));
    withEnvironment({ PANDA_MYSQL_URL: await mariadb.createDatabase() });
    expect(await messageOf(startServer('mysql'))).to.include('another kind');
  });

  it('fails with what to do where a server is expected and missing, and such tests are not left out', async () => {
    withEnvironment({ PANDA_MYSQL_URL: '', PANDA_MYSQLD: '/nowhere/mysqld' });
    expect(hasMysql()).to.be.true;
    expect(await messageOf(startServer('mysql'))).to.include('PANDA_MYSQLD');
    withEnvironment({ PANDA_MYSQLD: '', CI: 'true' });
    expect(hasMysql()).to.be.true;
  });

  it('ends and removes a server that is closed, closed once more as well', async () => {
    const server = await startServer('mariadb', { settings: {} });
    const url = await server.createDatabase();
    await server.close();
    await server.close();
    expect(await isListening(url)).to.be.false;
    expect(await messageOf(server.start())).to.include('closed');
  });
});
