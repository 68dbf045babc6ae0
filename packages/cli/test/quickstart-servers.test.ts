import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from './support/folders.js';
import { json, panda } from './support/panda.js';
import { makeWideTree, type Tree } from './support/tree.js';

interface Testbed {
  sharedServer(kind: 'mariadb' | 'postgres'): Promise<{ createDatabase(): Promise<string> }>;
}

// Not a literal: the command, too, looks for it only when it is asked to.
const TESTBED: string = '@pandakv/testbed';

describe('panda quickstart on servers', function () {
  this.timeout(240_000);
  let folder: string;
  let source: string;
  let tree: Tree;

  const quickstart = (...more: string[]) => panda('quickstart', source, '--json', '--moves', '20', ...more);

  before(() => {
    folder = tempFolder();
    source = join(folder, 'tree');
    tree = makeWideTree(source, 30, 3);
  });

  it('does the main job over all engines in one database, on servers that it starts and ends', async () => {
    const data = join(folder, 'testbed');
    const run = () => quickstart('--data', data, '--engine', 'level,sqlite,mariadb,postgres', '--testbed');
    for (let round = 0; round < 2; round++) {
      const result = await run();
      expect(result.code, result.stderr + result.stdout).to.equal(0);
      expect(json(result)).to.include({ ok: true, resumed: false, shards: 5, moves: 20, ...tree, verifiedFiles: tree.files });
    }
    expect(json(await quickstart('--data', data, '--engine', 'level'))).to.include({ ok: true, resumed: false });
    expect(json(await quickstart('--data', data, '--engine', 'level', '--testbed'))).to.include({ code: 'InvalidArgument' });
  });

  it('goes on where it was, deletes with --fresh, and takes nobody’s rows for its own', async () => {
    const testbed = (await import(TESTBED)) as Testbed;
    const servers = await Promise.all([testbed.sharedServer('mariadb'), testbed.sharedServer('postgres')]);
    const [mariadb, postgres] = (await Promise.all(servers.map((server) => server.createDatabase()))) as [string, string];
    const urls = ['--url', `mariadb=${mariadb}`, '--url', `postgres=${postgres}`];
    const data = join(folder, 'urls');
    const run = (to: string, ...more: string[]) =>
      quickstart('--data', to, '--engine', 'level,mariadb,postgres', ...urls, ...more);
    const first = await run(data);
    expect(first.code, first.stderr + first.stdout).to.equal(0);
    expect(json(first)).to.include({ ok: true, resumed: false, shards: 4, verifiedFiles: tree.files });
    expect(json(await run(data))).to.include({ ok: true, resumed: true, commits: 0 });
    const layout = readFileSync(join(data, 'panda.json'), 'utf8');
    for (const url of [mariadb, postgres]) expect(layout).to.not.include(new URL(url).password || url);

    const other = await run(join(folder, 'other'));
    expect(other.code).to.equal(2);
    expect(json(other)['message']).to.include('--fresh');
    expect(json(await run(data))).to.include({ ok: true, resumed: true });
    expect(json(await run(data, '--fresh'))).to.include({ ok: true, resumed: false, moves: 20, verifiedFiles: tree.files });
  });
});
