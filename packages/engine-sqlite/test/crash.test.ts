import Database from 'better-sqlite3';
import { expect } from 'chai';
import { once } from 'node:events';
import { copyFile, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { bytes, cleanUp, ended, hex, newFile, openAt, runFixture, scanAll } from './support.js';

describe('Kill -9 in the middle of writes', () => {
  afterEach(cleanUp);

  it('loses no acknowledged write, and leaves no half batch', async function () {
    this.timeout(180_000);
    const file = await newFile();
    let last = 0;
    for (const acknowledgements of [1, 3, 50, 400, 17]) {
      const child = runFixture('write-on', file);
      let left = acknowledgements;
      let acknowledged = last;
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged = Number(line);
        if (--left === 0) child.kill('SIGKILL');
      }
      const engine = await openAt(file);
      const rows = new Map((await scanAll(engine)).map(([key, value]) => [Buffer.from(key).toString(), value]));
      last = Number(Buffer.from(rows.get('guard')!).toString());
      expect(last)
        .to.be.at.least(acknowledged)
        .and.at.most(acknowledged + 1);
      expect(rows.size).to.equal(22);
      for (let i = 0; i < 20; i++) expect(hex(rows.get(`key/${i}`))).to.equal(hex(Buffer.alloc(200, `${last},`)));
      expect(hex(rows.get(`replaced/${last}`))).to.equal(hex(bytes(String(last))));
      await engine.close();
    }
  });
});

describe('A creation that was interrupted', () => {
  afterEach(cleanUp);

  async function finishes(file: string): Promise<void> {
    const engine = await openAt(file);
    expect(await scanAll(engine)).to.deep.equal([]);
    await engine.write({ puts: [[bytes('k'), bytes('v')]] });
    await engine.close();
    expect(await readdir(dirname(file))).to.deep.equal(['store.db']);
    expect(await scanAll(await openAt(file))).to.have.length(1);
  }

  it('is finished by the next opening, before anything was written', async () => {
    const file = await newFile();
    await writeFile(file, '');
    await finishes(file);
  });

  it('is finished by the next opening, between the marker and the log', async () => {
    const file = await newFile();
    await (await openAt(file)).close();
    const database = new Database(file);
    expect(database.pragma('journal_mode = DELETE', { simple: true })).to.equal('delete');
    database.close();
    await finishes(file);
  });

  it('is finished by the next opening, in the middle of writing the marker', async () => {
    const [file, copy] = [await newFile(), await newFile()];
    await (await openAt(copy)).close();
    const marker = new Database(copy);
    marker.pragma('journal_mode = DELETE');
    const database = new Database(file);
    database.pragma('page_size = 8192');
    database.pragma('cache_size = 1');
    database.exec('BEGIN IMMEDIATE');
    database.exec(marker.prepare<[], { sql: string }>('SELECT sql FROM sqlite_schema').get()!.sql);
    for (const name of ['application_id', 'user_version']) {
      database.pragma(`${name} = ${Number(marker.pragma(name, { simple: true }))}`);
    }
    marker.close();
    // More than fits in memory makes SQLite write the file before the transaction has ended.
    for (let i = 0; i < 100; i++) database.prepare('INSERT INTO panda VALUES (?, ?)').run(bytes(`${i}`), new Uint8Array(5_000));
    const torn = await newFile();
    await copyFile(file, torn);
    await copyFile(`${file}-journal`, `${torn}-journal`);
    database.close();
    expect((await stat(torn)).size).to.be.above(0);
    await finishes(torn);
  });

  it('is finished by one of many that try at once, and all of them have the store', async () => {
    const file = await newFile();
    const children = Array.from({ length: 4 }, () => runFixture('hold', file));
    const outcomes = await Promise.all(
      children.map((child) =>
        Promise.race([once(child.stdout, 'data').then(() => 'open'), ended(child).then(({ errors }) => errors)]),
      ),
    );
    expect(outcomes).to.deep.equal(['open', 'open', 'open', 'open']);
    const closed = children.map((child) => once(child, 'close'));
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(closed);
    await finishes(file);
  });
});
