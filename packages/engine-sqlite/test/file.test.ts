import { plugin } from '@pandakv/engine-sqlite';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { once } from 'node:events';
import {
  copyFile,
  mkdir,
  open as openFile,
  readdir,
  readFile,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  bytes,
  cleanUp,
  expectCode,
  expectUntouched,
  get,
  newFile,
  openAt,
  runFixture,
  scanAll,
  temporaryFolder,
} from './support.js';

const open = (file: string) => plugin.open({ file });

async function closedStore(rows = 1_000): Promise<string> {
  const file = await newFile();
  const engine = await openAt(file);
  await engine.write({ puts: Array.from({ length: rows }, (_, i) => [bytes(`k${i}`), new Uint8Array(100).fill(i)]) });
  await engine.close();
  return file;
}

async function overwrite(file: string, at: number, content: Uint8Array): Promise<void> {
  const handle = await openFile(file, 'r+');
  await handle.write(content, 0, content.length, at);
  await handle.close();
}

describe('A new file', () => {
  afterEach(cleanUp);

  it('is made with its parents, and is marked as ours', async () => {
    const file = join(await temporaryFolder(), 'not', 'there', 'yet', 'store.db');
    await openAt(file);
    const header = await readFile(file);
    expect(header.toString('latin1', 68, 72)).to.equal('Pnda');
    expect(header.readUInt32BE(60)).to.equal(1);
  });

  it('keeps a write-ahead log', async () => {
    const file = await newFile();
    const engine = await openAt(file);
    await engine.write({ puts: [[bytes('k'), bytes('v')]] });
    expect((await readdir(dirname(file))).sort()).to.deep.equal(['store.db', 'store.db-shm', 'store.db-wal']);
  });
});

describe("What is not this engine's store", () => {
  afterEach(cleanUp);

  async function refuses(file: string, message: RegExp): Promise<void> {
    // An old date shows even a change that would come within the clock's grain.
    await utimes(dirname(file), 1_000_000_000, 1_000_000_000);
    await expectUntouched(dirname(file), async () => {
      const error = await expectCode('InvalidArgument', () => open(file));
      expect(error.message).to.contain(file).and.to.match(message);
    });
  }

  async function foreign(...statements: string[]): Promise<string> {
    const file = await newFile();
    const database = new Database(file);
    for (const statement of ['CREATE TABLE mine (x)', ...statements]) database.exec(statement);
    database.close();
    return file;
  }

  it('is left untouched: a file of anything', async () => {
    const file = await newFile();
    for (const content of ['mine', 'SQLite format', 'x'.repeat(10_000)]) {
      await writeFile(file, content);
      await refuses(file, /nor a SQLite database/);
    }
  });

  it("is left untouched: somebody else's database", async () => {
    await refuses(await foreign(), /not a store of Panda/);
    await refuses(await foreign('PRAGMA application_id = 7'), /not a store of Panda/);
    await refuses(await foreign('PRAGMA journal_mode = WAL'), /not a store of Panda/);
  });

  it("is left untouched: somebody else's database with a log that was not brought into it", async () => {
    const [file, copy] = [await foreign('PRAGMA journal_mode = WAL'), await newFile()];
    const database = new Database(file);
    database.exec('INSERT INTO mine VALUES (1)');
    for (const end of ['', '-wal']) await copyFile(file + end, copy + end);
    database.close();
    await refuses(copy, /not a store of Panda/);
  });

  it('is left untouched: a store of a newer format', async () => {
    const file = await closedStore();
    await overwrite(file, 60, Uint8Array.from([0, 0, 0, 2]));
    await refuses(file, /format 2/);
  });

  it('is left untouched: a folder', async () => {
    const file = await newFile();
    await mkdir(file);
    await refuses(file, /not a file/);
  });

  it('is left untouched: a file where a folder of the path should be', async () => {
    const file = await newFile();
    await writeFile(file, 'mine');
    await expectUntouched(dirname(file), () => expectCode('InvalidArgument', () => open(join(file, 'store.db'))));
    await expectUntouched(dirname(file), () => expectCode('InvalidArgument', () => open(join(file, 'more', 'store.db'))));
  });
});

describe('A damaged store', () => {
  afterEach(cleanUp);

  it('is Corruption, and left untouched: a file cut short within its header', async () => {
    const file = await closedStore();
    await truncate(file, 80);
    await expectUntouched(dirname(file), () => expectCode('Corruption', () => open(file)));
  });

  it('is Corruption, and not made anew: a log whose file is gone, or empty', async () => {
    for (const isEmpty of [true, false]) {
      const [file, copy] = [await newFile(), await newFile()];
      const engine = await openAt(file);
      await engine.write({ puts: [[bytes('k'), bytes('v')]] });
      await copyFile(`${file}-wal`, `${copy}-wal`);
      if (isEmpty) await writeFile(copy, '');
      await expectUntouched(dirname(copy), () => expectCode('Corruption', () => open(copy)));
    }
  });

  it('is Corruption: a file that lost its end', async () => {
    const file = await closedStore();
    await truncate(file, (await stat(file)).size - 8_192);
    for (let i = 0; i < 2; i++) await expectCode('Corruption', () => open(file));
  });

  it('is Corruption: a store without its table', async () => {
    const file = await closedStore();
    const database = new Database(file);
    database.exec('DROP TABLE panda');
    database.close();
    for (let i = 0; i < 2; i++) await expectCode('Corruption', () => open(file));
  });

  it('is Corruption as soon as a damaged page is read', async () => {
    const file = await closedStore();
    const size = (await stat(file)).size;
    await overwrite(file, 8_192, new Uint8Array(size - 8_192).fill(0x5a));
    const found = await open(file).then(
      (engine) => expectCode('Corruption', () => scanAll(engine)).finally(() => engine.close()),
      (error: unknown) => error,
    );
    expect(found).to.include({ code: 'Corruption' });
  });
});

describe('A store that another process has open', () => {
  afterEach(cleanUp);

  it('can be opened all the same, by whatever name', async () => {
    const file = await newFile();
    await once(runFixture('hold', file).stdout, 'data');
    const link = join(dirname(file), 'link');
    await symlink(file, link);
    const [engine, other] = [await openAt(file), await openAt(link)];
    await engine.write({ puts: [[bytes('k'), bytes('v')]] });
    expect(await get(other, bytes('k'))).to.have.length(1);
  });

  it('can be read but not written while that process writes, and is unavailable after the time-out', async () => {
    const file = await closedStore(10);
    const engine = await openAt(file, { busyTimeoutMs: 100 });
    const child = runFixture('lock', file);
    await once(child.stdout, 'data');
    const since = Date.now();
    const error = await expectCode('ShardUnavailable', () => engine.write({ puts: [[bytes('new'), bytes('v')]] }));
    expect(error.message).to.contain('locked by another process');
    expect(Date.now() - since).to.be.at.least(90);
    expect(await scanAll(engine)).to.have.length(10);
    child.kill('SIGKILL');
    await once(child, 'close');
    await engine.write({ puts: [[bytes('new'), bytes('v')]] });
    expect(await scanAll(engine)).to.have.length(11);
  });

  it('stays locked by this one, however often this one looks at the file', async function () {
    if (process.platform !== 'linux') this.skip();
    const file = await newFile();
    const locks = async () => {
      const held = (await readFile('/proc/locks', 'utf8')).split('\n');
      const { ino } = await stat(file);
      return held.filter((line) => line.includes(` ${process.pid} `) && line.includes(`:${ino} `)).length;
    };
    const engine = await openAt(file);
    await engine.write({ puts: [[bytes('k'), bytes('v')]] });
    expect(await locks()).to.equal(1);
    await (await openAt(file)).close();
    expect(await locks()).to.equal(1);
  });
});

describe('The log', () => {
  afterEach(cleanUp);

  it('does not grow with steady writes, while others read', async () => {
    const file = await newFile();
    const [writer, reader] = [await openAt(file), await openAt(file)];
    let largest = 0;
    for (let n = 0; n < 200; n++) {
      await writer.write({ puts: [[bytes(`k${n % 10}`), new Uint8Array(1024 * 1024).fill(n)]] });
      await reader.scan({ start: bytes('k') }, { limit: 2, maxBytes: 1 });
      largest = Math.max(largest, (await stat(`${file}-wal`)).size);
    }
    expect(largest).to.be.below(12 * 1024 * 1024);
  });

  it('gets small again after a large batch', async () => {
    const file = await newFile();
    const engine = await openAt(file);
    const puts = Array.from({ length: 15 }, (_, i) => [bytes(`k${i}`), new Uint8Array(4 * 1024 * 1024)] as const);
    await engine.write({ puts });
    expect((await stat(`${file}-wal`)).size).to.be.above(50 * 1024 * 1024);
    for (let n = 0; n < 3; n++) await engine.write({ puts: [[bytes('k'), bytes(String(n))]] });
    expect((await stat(`${file}-wal`)).size).to.be.at.most(17 * 1024 * 1024);
  });
});
