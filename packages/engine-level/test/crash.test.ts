import { expect } from 'chai';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bytes, cleanUp, ended, hex, openAt, runFixture, scanAll, temporaryFolder } from './support.js';

const MARKER = '{"format":1,"engine":"level"}\n';

describe('Kill -9 in the middle of writes', () => {
  afterEach(cleanUp);

  it('loses no acknowledged write, and leaves no half batch', async function () {
    this.timeout(180_000);
    const location = await temporaryFolder();
    let last = 0;
    for (const acknowledgements of [1, 3, 50, 200, 17]) {
      const child = runFixture('write-on', location);
      let left = acknowledgements;
      let acknowledged = last;
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged = Number(line);
        if (--left === 0) child.kill('SIGKILL');
      }
      const engine = await openAt(location);
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

  async function finishes(location: string): Promise<void> {
    const engine = await openAt(location);
    expect(await scanAll(engine)).to.deep.equal([]);
    await engine.write({ puts: [[bytes('k'), bytes('v')]] });
    await engine.close();
    expect((await readdir(location)).sort()).to.deep.equal(['PANDA', 'data']);
    const again = await openAt(location);
    expect(await scanAll(again)).to.have.length(1);
    await again.close();
  }

  /** Runs one that is killed before that call to the file system; false where there was no such call. */
  async function diesBefore(call: number, location: string): Promise<boolean> {
    const { code, signal, errors } = await ended(runFixture('die-opening', location, String(call)));
    if (code === 0) return false;
    expect(signal, errors).to.equal('SIGKILL');
    await finishes(location);
    return true;
  }

  it('is finished by the next opening, whichever call to the file system it was killed before', async function () {
    this.timeout(180_000);
    const atOnce = availableParallelism();
    let calls = 0;
    for (let hasMore = true; hasMore;) {
      const died = Array.from({ length: atOnce }, async (_, i) =>
        diesBefore(calls + i + 1, join(await temporaryFolder(), 'parent', 'store')),
      );
      const deaths = (await Promise.all(died)).filter(Boolean).length;
      hasMore = deaths === atOnce;
      calls += deaths;
    }
    expect(calls).to.be.at.least(12);
  });

  it('is finished by the next opening, whatever of it is there', async () => {
    const stages: Record<string, string | undefined>[] = [
      { 'PANDA.creating': '' },
      { 'PANDA.creating': '{"form' },
      { 'PANDA.creating': MARKER },
      { 'PANDA.creating': MARKER, data: undefined },
      { 'PANDA.creating': '', data: undefined },
      { 'PANDA.creating': MARKER, 'data/LOCK': '', 'data/LOG': '' },
      { 'PANDA.creating': MARKER, 'data/LOCK': '', 'data/MANIFEST-000001': '' },
      { 'PANDA.creating': MARKER, 'data/LOCK': '', 'data/MANIFEST-000001': 'torn', 'data/000001.dbtmp': 'MANI' },
    ];
    for (const stage of stages) {
      const location = await temporaryFolder();
      for (const [name, content] of Object.entries(stage)) {
        if (name.startsWith('data')) await mkdir(join(location, 'data'), { recursive: true });
        if (content !== undefined) await writeFile(join(location, name), content);
      }
      await finishes(location);
    }
  });

  it('leaves nothing behind where two processes began it and one finished', async () => {
    const location = await temporaryFolder();
    await (await openAt(location)).close();
    await writeFile(join(location, 'PANDA.creating'), '');
    await finishes(location);
  });

  it('keeps others out while it goes on', async () => {
    const location = await temporaryFolder();
    const children = Array.from({ length: 4 }, () => runFixture('hold', location));
    const outcomes = await Promise.all(
      children.map((child) =>
        Promise.race([once(child.stdout, 'data').then(() => 'open'), once(child, 'close').then(() => 'failed')]),
      ),
    );
    expect(outcomes.sort()).to.deep.equal(['failed', 'failed', 'failed', 'open']);
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(
      children
        .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
        .map((child) => once(child, 'close')),
    );
    await finishes(location);
  });
});
