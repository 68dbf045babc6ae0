import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { look, tempFolder } from './support/folders.js';
import { json, panda } from './support/panda.js';
import { makeTree, type Tree } from './support/tree.js';

const URLS = ['PANDA_MYSQL_URL', 'PANDA_MARIADB_URL', 'PANDA_POSTGRES_URL'];

describe('panda quickstart over a mix of engines', () => {
  let folder: string;
  let source: string;
  let tree: Tree;
  const environment = new Map<string, string | undefined>();

  const quickstart = (...more: string[]) => panda('quickstart', source, '--json', '--moves', '40', ...more);

  before(() => {
    folder = tempFolder();
    source = join(folder, 'tree');
    tree = makeTree(source);
    for (const name of URLS) {
      environment.set(name, process.env[name]);
      Reflect.deleteProperty(process.env, name);
    }
  });

  after(() => {
    for (const [name, value] of environment) if (value !== undefined) process.env[name] = value;
  });

  const stores = (data: string) =>
    readdirSync(data)
      .filter((name) => name !== 'panda.json')
      .sort();

  for (const [list, files, shards] of [
    ['level,sqlite', ['s1', 's2.db', 's3', 's4.db'], 4],
    ['sqlite', ['s1.db', 's2.db', 's3.db', 's4'], 4],
    ['sqlite,level,level,sqlite', ['s1.db', 's2', 's3', 's4.db', 's5.db'], 5],
  ] as const) {
    it(`does the main job, and goes on where it was: ${list}`, async () => {
      const data = join(folder, list);
      const result = await quickstart('--data', data, '--engine', list);
      expect(result.code, result.stderr + result.stdout).to.equal(0);
      expect(json(result)).to.include({
        ok: true,
        shards,
        moves: 40,
        verifiedFiles: tree.files,
        verifiedDirectories: tree.directories,
      });
      expect(json(result)['crossShardCommits']).to.be.at.least(40);
      expect(stores(data)).to.deep.equal(files);
      expect(json(await quickstart('--data', data))).to.include({ ok: true, resumed: true, commits: 0, shards });
      expect(json(await panda('check', '--json', '--data', data))).to.include({ ok: true });
      const before = look(join(data, 'panda.json'));
      expect(json(await quickstart('--data', data, '--engine', 'level'))).to.include({ ok: false, code: 'InvalidArgument' });
      expect(look(join(data, 'panda.json'))).to.deep.equal(before);
      expect(json(await quickstart('--data', data, '--engine', 'level', '--fresh'))).to.include({ ok: true, resumed: false });
      expect(stores(data)).to.deep.equal(['s1', 's2', 's3', 's4.db']);
    });
  }

  it('works on the shards of a configuration file, which hold nothing else', async () => {
    const file = join(folder, 'panda.config.json');
    const sqlite = (id: string) => ({ id, engine: '@pandakv/engine-sqlite', options: { file: `of-config/${id}.db` } });
    writeFileSync(file, JSON.stringify({ shards: [sqlite('one'), sqlite('two')], splits: [{ keyHex: '6480', shard: 'two' }] }));
    const result = await quickstart('--config', file);
    expect(result.code, result.stderr + result.stdout).to.equal(0);
    expect(json(result)).to.include({ ok: true, shards: 2, moves: 40, verifiedFiles: tree.files });
    expect(json(await quickstart('--config', file))).to.include({ ok: true, resumed: true });
    const other = await panda('quickstart', join(source, 'many'), '--json', '--config', file);
    expect(json(other)).to.include({ ok: false, code: 'InvalidArgument' });
    writeFileSync(file, JSON.stringify({ shards: [sqlite('three')] }));
    await panda('set', 'mine', 'v', '--config', file);
    expect(json(await quickstart('--config', file))).to.include({ ok: false, code: 'InvalidArgument' });
    expect((await panda('scan', '--config', file)).stdout).to.equal('mine\tv\n');
  });

  it('exits with 2 for wrong usage, before anything is made', async () => {
    const nowhere = join(folder, 'never made');
    const wrong: [args: string[], message: string][] = [
      [['--engine', 'level,oracle'], "no engine 'oracle'"],
      [['--engine', ''], "no engine ''"],
      [['--engine', 'level,postgres'], 'PANDA_POSTGRES_URL'],
      [['--engine', 'mysql'], '--url mysql=URL'],
      [['--url', 'postgres'], 'ENGINE=URL'],
      [['--url', 'level=x'], 'ENGINE=URL'],
      [['--config', 'x.json'], '--data does not go with --config'],
    ];
    for (const [args, message] of wrong) {
      const result = await quickstart('--data', nowhere, ...args);
      expect(result.code, args.join(' ')).to.equal(2);
      expect(json(result)['message'], args.join(' ')).to.include(message);
      expect(existsSync(nowhere)).to.equal(false);
    }
  });

  it('keeps connection strings out of what it writes and says', async () => {
    const data = join(folder, 'no server');
    const url = 'postgres://me:hunter2@127.0.0.1:1/none?connect_timeout=1';
    const result = await quickstart('--data', data, '--engine', 'level,postgres', '--url', `postgres=${url}`);
    expect(result.code).to.be.oneOf([1, 2]);
    expect(result.stdout + result.stderr).to.not.include('hunter2');
    const layout = readFileSync(join(data, 'panda.json'), 'utf8');
    expect(layout).to.include('${PANDA_POSTGRES_URL}');
    expect(layout).to.not.include('hunter2');
  });
});
