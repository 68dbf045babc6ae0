import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { tempFolder } from './support/folders.js';
import { withData } from './support/open.js';
import { ended, json, panda, startPanda, type Running } from './support/panda.js';
import { makeWideTree, type Tree } from './support/tree.js';

/** Bytes in a folder. */
function sizeOf(path: string): number {
  if (!existsSync(path)) return 0;
  const sizes = readdirSync(path, { recursive: true, withFileTypes: true }).map((entry) => {
    const file = join(entry.parentPath, entry.name);
    return entry.isFile() ? (statSync(file, { throwIfNoEntry: false })?.size ?? 0) : 0;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe('panda quickstart, interrupted', () => {
  let folder: string;
  let source: string;
  let data: string;
  let tree: Tree;

  const args = (...more: string[]) => ['quickstart', source, '--json', '--data', data, ...more];

  before(() => {
    folder = tempFolder();
    source = join(folder, 'tree');
    tree = makeWideTree(source, 400, 8);
  });

  beforeEach(() => {
    data = join(folder, 'data');
    rmSync(data, { recursive: true, force: true });
  });

  /** Waits until so many bytes are in the data folder, ends the process there, and answers its exit code. */
  async function interruptAt(child: Running, bytes: number, signal: NodeJS.Signals): Promise<number | null> {
    const end = ended(child);
    while (child.exitCode === null && sizeOf(data) < bytes) await setTimeout(2);
    child.kill(signal);
    return (await end).code;
  }

  /** How far the import is: whether it is done, and how many entries are there. */
  async function progress(): Promise<{ isDone: boolean; entries: number }> {
    return await withData(data, async (database) => {
      const state = Buffer.from((await database.get('m')) ?? '{}').toString();
      let entries = 0;
      for await (const [key] of database.scan({ start: 'd', end: 'e' })) if (key[9] === 2) entries++;
      return { isDone: (JSON.parse(state) as { imported?: unknown }).imported !== undefined, entries };
    });
  }

  it('goes on after kill -9 in the middle of the import, again and again', async () => {
    let before = 0;
    for (const bytes of [60_000, 200_000]) {
      expect(await interruptAt(startPanda(...args('--concurrency', '2')), bytes, 'SIGKILL')).to.be.null;
      const { isDone, entries } = await progress();
      expect(isDone, 'the import was over').to.be.false;
      expect(entries).to.be.greaterThan(before);
      before = entries;
    }
    const result = await panda(...args('--moves', '50'));
    expect(result.code, result.stdout).to.equal(0);
    expect(json(result)).to.include({ ok: true, resumed: true, ...tree, verifiedFiles: tree.files, moves: 50 });
  });

  it('goes on after an interrupt, which ends it with 130', async () => {
    expect(await interruptAt(startPanda(...args('--concurrency', '2')), 100_000, 'SIGINT')).to.equal(130);
    expect((await progress()).isDone).to.be.false;
    const result = await panda(...args('--moves', '0'));
    expect(json(result)).to.include({ ok: true, resumed: true, ...tree, verifiedFiles: tree.files, moves: 0 });
  });

  it('keeps every move that was made before kill -9', async () => {
    const child = startPanda(...args('--moves', '100000'));
    let told = '';
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk: Buffer) => {
        told += chunk.toString();
        if (/move: [1-9][0-9]* of/.test(told)) resolve();
      });
    });
    const end = ended(child);
    child.kill('SIGKILL');
    await end;
    const result = await panda(...args('--moves', '1'));
    expect(result.code, result.stdout).to.equal(0);
    expect(json(result)).to.include({ ok: true, resumed: true, ...tree, verifiedFiles: tree.files });
    expect(json(result)['moves']).to.be.greaterThan(1);
  });

  it('goes on after kill -9 while a shard is added and given its share', async () => {
    const small = join(folder, 'small tree');
    const { files } = makeWideTree(small, 60, 4);
    const run = (...more: string[]) => ['quickstart', small, '--json', '--data', data, ...more];
    const child = startPanda(...run('--moves', '100000'));
    const end = ended(child);
    const layout = () => readFileSync(join(data, 'panda.json'), 'utf8');
    while (child.exitCode === null && !(existsSync(join(data, 's4.db')) && layout().includes('"added"'))) await setTimeout(1);
    child.kill('SIGKILL');
    expect((await end).code).to.be.null;
    const result = await panda(...run('--moves', '1'));
    expect(result.code, result.stdout).to.equal(0);
    expect(json(result)).to.include({ ok: true, resumed: true, shards: 4, files, verifiedFiles: files });
    const all = await withData(data, (database) => database.shards());
    expect(all.find(({ id }) => id === 's4')!.bytes).to.be.above(all.reduce((sum, { bytes }) => sum + bytes, 0) / 8);
    expect(json(await panda(...run('--moves', '1')))).to.include({ ok: true, commits: 0, shards: 4 });
  });

  it('goes on with a directory of which some entries were imported', async () => {
    const wide = join(folder, 'one directory');
    const files = makeWideTree(wide, 1, 3_000);
    const run = (...more: string[]) => ['quickstart', wide, '--json', '--moves', '0', '--data', data, ...more];
    expect(await interruptAt(startPanda(...run('--concurrency', '1')), 150_000, 'SIGKILL')).to.be.null;
    const { isDone, entries } = await progress();
    expect(isDone).to.be.false;
    expect(entries).to.be.greaterThan(100).and.lessThan(3_000);
    // What was not there before is found, what was there is kept.
    writeFileSync(join(wide, 'g0', 'd0', 'late'), '');
    const result = await panda(...run());
    expect(result.code, result.stdout).to.equal(0);
    expect(json(result)).to.include({ ok: true, resumed: true, files: files.files + 1 });
  });
});
