import type { Database } from '@pandakv/core';
import { expect } from 'chai';
import { appendFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { look, tempFolder } from './support/folders.js';
import { withData } from './support/open.js';
import { ended, json, panda, startPanda } from './support/panda.js';
import { makeTree, ODD_NAMES, type Tree } from './support/tree.js';

const FIELDS = [
  ...['ok', 'files', 'directories', 'skipped', 'commits', 'crossShardCommits', 'commitsPerSecond', 'p50Ms', 'p99Ms', 'conflicts'],
  ...['retries', 'moves', 'snapshotChecks', 'verified', 'verifiedFiles', 'verifiedDirectories', 'changedOnDisk', 'seconds'],
  ...['maxRssMiB', 'problems', 'source', 'data', 'resumed', 'shards', 'grown'],
];
const ENTRY = 2;
const RECORD = 0;
const FILE_TYPE = 0o100000;

/** The first row of a kind in the tree that fits. */
async function rowOf(database: Database, fits: (key: Buffer, value: Buffer) => boolean): Promise<[Buffer, Buffer]> {
  for await (const [key, value] of database.scan({ start: 'd', end: 'e' })) {
    if (fits(Buffer.from(key), Buffer.from(value))) return [Buffer.from(key), Buffer.from(value)];
  }
  throw new Error('no such row');
}

const aFile = (database: Database) =>
  rowOf(database, (key, value) => key[9] === ENTRY && (value.readUInt32LE(0) & 0o170000) === FILE_TYPE);
const aDirectory = (database: Database) =>
  rowOf(database, (key, value) => key[9] === ENTRY && key.length > 10 && (value.readUInt32LE(0) & 0o170000) === 0o040000);

describe('panda quickstart', () => {
  let folder: string;
  let source: string;
  let data: string;
  let tree: Tree;

  const quickstart = (to: string, ...more: string[]) =>
    panda('quickstart', source, '--json', '--moves', '60', '--data', to, ...more);

  before(() => {
    folder = tempFolder();
    source = join(folder, 'tree');
    data = join(folder, 'data');
    tree = makeTree(source);
  });

  it('imports a tree with odd names, moves directories across shards, and verifies all of it', async () => {
    const result = await ended(startPanda('quickstart', source, '--json', '--moves', '60', '--data', data));
    expect(result.code, result.stderr).to.equal(0);
    expect(result.stdout.trimEnd().split('\n')).to.have.length(1);
    const report = json(result);
    expect(report).to.have.all.keys(FIELDS);
    expect(report).to.include({ ok: true, verified: true, resumed: false, ...tree, verifiedFiles: tree.files, moves: 60 });
    expect(report).to.include({ verifiedDirectories: tree.directories, skipped: 0, changedOnDisk: 0 });
    expect(report['commits']).to.be.greaterThan(100);
    expect(report['crossShardCommits']).to.be.at.least(60);
    expect(report['snapshotChecks']).to.be.at.least(1);
    const { rows, ...grown } = report['grown'] as Record<string, number>;
    expect(grown).to.include({ shard: 's4', engine: '@pandakv/engine-sqlite' });
    expect(rows! / (tree.files + 3 * tree.directories)).to.be.within(0.1, 0.5);
    expect(report['p99Ms']).to.be.at.least(report['p50Ms'] as number);
  });

  it('keeps names byte for byte', async () => {
    const { stdout } = await panda('scan', '--hex', '--prefix', '64', '--data', data);
    const names = new Set(stdout.split('\n').map((line) => line.split('\t')[0]!.slice(20)));
    for (const name of ODD_NAMES) expect(names.has(name.toString('hex')), name.toString('latin1')).to.be.true;
  });

  it('only verifies again when everything is done', async () => {
    const result = await quickstart(data);
    expect(result.code).to.equal(0);
    expect(json(result)).to.include({ ok: true, resumed: true, commits: 0, moves: 60, verifiedFiles: tree.files });
  });

  it('makes the moves that are missing', async () => {
    const result = await quickstart(data, '--moves', '90', '--readers', '2', '--concurrency', '8');
    expect(json(result)).to.include({ ok: true, verified: true, moves: 90, verifiedFiles: tree.files });
  });

  it('prints a table without --json', async () => {
    const { code, stdout } = await panda('quickstart', source, '--moves', '60', '--data', data);
    expect(code).to.equal(0);
    expect(stdout).to.match(/│ verified +│ +yes │/);
  });

  it('counts what changes on disk, and does not blame itself', async () => {
    const changing = join(folder, 'changing');
    const copied = join(folder, 'changing-data');
    makeTree(changing);
    const run = () => panda('quickstart', changing, '--json', '--moves', '20', '--data', copied);
    expect(json(await run())).to.include({ ok: true, changedOnDisk: 0 });
    appendFileSync(join(changing, 'many', '7'), 'more');
    rmSync(join(changing, 'many', '8'));
    writeFileSync(join(changing, 'directory 3', 'new'), '');
    rmSync(join(changing, 'deep'), { recursive: true });
    const result = await run();
    expect(result.code, result.stdout).to.equal(0);
    // Two files, the directories that they are in and the new one is in, the root, and all of `deep`.
    expect(json(result)).to.include({ ok: true, verified: true, changedOnDisk: 2 + 1 + 1 + 1 + 40, files: tree.files });
  });

  describe('does not verify', () => {
    const tampered: [string, (database: Database) => Promise<unknown>][] = [
      ['a file that was deleted', async (database) => database.write([{ type: 'delete', key: (await aFile(database))[0] }])],
      [
        'a file whose size was changed',
        async (database) => {
          const [key, value] = await aFile(database);
          value[4]! ^= 1;
          await database.write([{ type: 'set', key, value }]);
        },
      ],
      [
        'a file whose metadata is no more than a word',
        async (database) => database.write([{ type: 'set', key: (await aFile(database))[0], value: 'gone' }]),
      ],
      [
        'a file that is not on disk',
        async (database) => {
          const [key, value] = await aFile(database);
          await database.write([{ type: 'set', key: Buffer.concat([key, Buffer.from('2')]), value }]);
        },
      ],
      [
        'a directory that was deleted',
        async (database) => database.write([{ type: 'delete', key: (await aDirectory(database))[0] }]),
      ],
      [
        'a directory that is in two places',
        async (database) => {
          const [key, value] = await aDirectory(database);
          const [other] = await rowOf(database, (row) => row[9] === RECORD && !row.subarray(0, 9).equals(key.subarray(0, 9)));
          const second = Buffer.concat([other.subarray(0, 9), Buffer.from([ENTRY]), Buffer.from('second place')]);
          await database.write([{ type: 'set', key: second, value }]);
        },
      ],
      [
        'a directory without a record',
        async (database) => {
          const [key] = await rowOf(database, (row) => row[9] === RECORD);
          await database.write([{ type: 'delete', key }]);
        },
      ],
    ];
    for (const [what, tamper] of tampered) {
      it(what, async () => {
        const copy = join(folder, 'tampered');
        rmSync(copy, { recursive: true, force: true });
        cpSync(data, copy, { recursive: true });
        await withData(copy, tamper);
        const result = await quickstart(copy);
        expect(result.code).to.equal(1);
        expect(json(result)).to.include({ ok: false, verified: false });
        expect(json(result)['problems']).to.not.be.empty;
        expect(result.stderr).to.include(`panda: ${(json(result)['problems'] as string[])[0]!}`);
      });
    }
  });

  describe('on a folder that is not its own', () => {
    it('refuses, with --fresh or without, and leaves it as it is', async () => {
      const foreign = join(folder, 'foreign');
      mkdirSync(foreign);
      writeFileSync(join(foreign, 'precious'), 'mine');
      const ofInit = join(folder, 'of-init');
      await panda('init', ofInit);
      const mixed = join(folder, 'mixed');
      cpSync(data, mixed, { recursive: true });
      writeFileSync(join(mixed, 'precious'), 'mine');
      for (const path of [foreign, ofInit, mixed]) {
        const before = look(path);
        for (const result of [await quickstart(path, '--fresh'), await quickstart(path)]) {
          expect(result.code, path).to.equal(2);
          expect(json(result)).to.include({ ok: false, code: 'InvalidArgument' });
        }
        expect(look(path)).to.deep.equal(before);
      }
    });

    it('refuses one that holds another import, and starts clean with --fresh', async () => {
      const other = join(source, 'directory 1');
      const copy = join(folder, 'reused');
      cpSync(data, copy, { recursive: true });
      const before = look(copy);
      const run = (...more: string[]) => panda('quickstart', other, '--json', '--moves', '0', '--data', copy, ...more);
      expect((await run()).code).to.equal(2);
      expect(look(copy)).to.deep.equal(before);
      expect(json(await run('--fresh'))).to.include({ ok: true, resumed: false, files: 18, directories: 2 });
    });

    it('refuses one that another process uses', async () => {
      const results = await withData(data, async () => [await quickstart(data), await quickstart(data, '--fresh')]);
      for (const result of results) {
        expect(result.code).to.equal(1);
        expect(json(result)).to.include({ ok: false, code: 'ShardUnavailable' });
      }
      expect(json(await quickstart(data))).to.include({ ok: true, resumed: true, verifiedFiles: tree.files });
    });
  });

  it('skips its own data folder', async () => {
    const within = join(folder, 'within');
    makeTree(within);
    const inside = join(within, 'directory 2', 'data');
    const run = () => panda('quickstart', within, '--json', '--moves', '10', '--data', inside);
    for (const result of [await run(), await run()]) {
      expect(result.code, result.stderr).to.equal(0);
      expect(json(result)).to.include({ ok: true, ...tree, skipped: 1, verifiedFiles: tree.files, changedOnDisk: 0 });
    }
  });

  it('exits with 2 for wrong usage, before anything is made', async () => {
    const nowhere = join(folder, 'never made');
    const wrong = [
      ['--moves', '-1'],
      ['--moves', 'some'],
      ['--concurrency', '0'],
      ['--concurrency', '1.5'],
      ['--readers', '1000'],
      ['--quick'],
      ['two', 'paths'],
      [join(folder, 'no such directory')],
      [join(source, 'many', '1')],
      ['/proc'],
      [''],
    ];
    const results = await Promise.all(wrong.map((args) => panda('quickstart', ...args, '--json', '--data', nowhere)));
    for (const [at, result] of results.entries()) {
      expect(result.code, wrong[at]!.join(' ')).to.equal(2);
      expect(json(result), wrong[at]!.join(' ')).to.include({ ok: false, code: 'InvalidArgument' });
    }
    expect((await panda('quickstart', source, '--data', source)).code).to.equal(2);
    expect(existsSync(nowhere)).to.be.false;
  });
});
