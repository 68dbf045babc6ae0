import { expect } from 'chai';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchema } from '../dist/config/index.js';
import { look, tempFolder } from './support/folders.js';
import { withData } from './support/open.js';
import { json, panda, shell, type Ended } from './support/panda.js';

const LEVEL = '@pandakv/engine-level';
const SQLITE = '@pandakv/engine-sqlite';

const MIXED = {
  shards: [
    { id: 'a', engine: LEVEL, options: { location: 'stores/a' } },
    { id: 'b', engine: SQLITE, options: { file: 'stores/b.db' } },
  ],
  splits: [{ key: 'm', shard: 'b' }],
  cacheBytes: 1_000_000,
  settings: { patienceMs: 1_000 },
  balance: { everyMs: 3_600_000, bytesPerSecond: 1_000_000, mergeBytesMax: 0 },
};

const AS_YAML = `
shards:
  - id: a
    engine: '${LEVEL}'
    options: { location: stores/a }
  - id: b
    engine: '${SQLITE}'
    options: { file: stores/b.db }
splits: [{ keyHex: 6d, shard: b }]
`;

/** An engine package in a folder of its own, which only that folder's configurations can name. */
function installEngine(folder: string, name: string, code: string): void {
  const place = join(folder, 'node_modules', name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }));
  writeFileSync(join(place, 'index.js'), code);
}

describe('A configuration file', () => {
  let folder: string;
  let count = 0;

  before(() => {
    folder = tempFolder();
  });

  function write(content: unknown, name = 'panda.config.json'): string {
    const place = join(folder, `${count++}`);
    mkdirSync(place);
    const file = join(place, name);
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  }

  /** That it is refused, with exit code 2, and that nothing was made beside it. */
  async function refused(content: unknown, name?: string): Promise<string> {
    const file = write(content, name);
    const before = look(join(file, '..'));
    const results: Ended[] = [];
    for (const command of [['check'], ['get', 'k']]) results.push(await panda(...command, '--json', '--config', file));
    for (const result of results) {
      expect(result.code, result.stdout).to.equal(2);
      expect(json(result)).to.include({ ok: false, code: 'InvalidArgument' });
    }
    expect(look(join(file, '..'))).to.deep.equal(before);
    return json(results[0]!)['message'] as string;
  }

  it('describes a database over engines of any packages, in JSON, YAML or JavaScript', async () => {
    const files = [
      write(MIXED),
      write(AS_YAML, 'panda.config.yaml'),
      write(AS_YAML, 'panda.config.yml'),
      write(`export default ${JSON.stringify(MIXED)}`, 'panda.config.mjs'),
    ];
    for (const file of files) {
      expect((await panda('set', 'key', 'on a', '--config', file)).code, file).to.equal(0);
      expect((await panda('set', 'zoe', 'on b', '--config', file)).code).to.equal(0);
      expect((await panda('scan', '--config', file)).stdout).to.equal('key\ton a\nzoe\ton b\n');
      const { ranges } = json(await panda('status', '--json', '--config', file)) as {
        ranges: { shard: string; startHex: string }[];
      };
      expect(ranges.map(({ shard, startHex }) => [shard, startHex])).to.deep.equal([
        ['a', ''],
        ['b', '6d'],
      ]);
      // Relative to the file, wherever the command runs.
      expect(readdirSync(join(file, '..', 'stores')).sort()).to.deep.equal(['a', 'b.db']);
    }
  });

  it('is taken from the working directory where no database is named', async () => {
    const file = write(MIXED);
    const there = join(file, '..');
    expect(await shell(`cd ${there} && $panda init --config panda.config.json && $panda set k v && $panda get k`)).to.include({
      code: 0,
      stdout: "The database of 'panda.config.json' is there, with 2 shards.\nv\n",
    });
    writeFileSync(join(there, 'panda.config.yaml'), AS_YAML);
    const both = await shell(`cd ${there} && $panda get k`);
    expect(both).to.include({ code: 2 });
    expect(both.stderr).to.include('--config');
    expect(json(await panda('get', 'k', '--json', '--config', file, '--data', there))).to.include({ code: 'InvalidArgument' });
  });

  it('takes environment variables in its texts, and tells which are missing, where', async () => {
    const file = write({ shards: [{ id: 'a', engine: LEVEL, options: { location: 'x-${PANDA_TEST_NAME}-$${NOT}' } }] });
    process.env['PANDA_TEST_NAME'] = 'named';
    try {
      expect((await panda('set', 'k', 'v', '--config', file)).code).to.equal(0);
      expect(existsSync(join(file, '..', 'x-named-${NOT}'))).to.equal(true);
    } finally {
      delete process.env['PANDA_TEST_NAME'];
    }
    const missing = {
      shards: [
        { id: 'a', engine: LEVEL },
        { id: 'b', engine: LEVEL, options: { location: '${PANDA_TEST_NAME}' } },
      ],
    };
    expect(await refused(missing)).to.include('shards[1].options.location: the environment variable PANDA_TEST_NAME is not set');
    expect(await refused({ shards: [{ id: '${', engine: LEVEL }] })).to.include('shards[0].id: ');
  });

  it('is refused with a balance that makes no sense', async () => {
    expect(await refused({ ...MIXED, balance: { every: 1 } })).to.include('balance');
    expect(await refused({ ...MIXED, balance: { everyMs: 0 } })).to.include('balance.everyMs');
    expect(await refused({ ...MIXED, balance: { rangeBytesMax: 10, mergeBytesMax: 6 } })).to.include('mergeBytesMax');
  });

  it('takes engine packages from its own folder first', async () => {
    const file = write({ shards: [{ id: 'a', engine: 'my-engine', options: {} }] });
    installEngine(
      join(file, '..'),
      'my-engine',
      `import { plugin as sqlite } from '${import.meta.resolve(SQLITE)}';
       export const plugin = {
         ...sqlite, name: 'mine', storageOf: undefined, withPathsFrom: undefined,
         schema: { safeParse: (data) => ({ success: true, data }) },
         module: { },
         open: () => sqlite.open({ memory: true }),
       };
       const { ContainerModule } = await import('${import.meta.resolve('inversify')}');
       const { ENGINE_PLUGIN } = await import('${import.meta.resolve('@pandakv/core/engine')}');
       plugin.module = new ContainerModule(({ bind }) => { bind(ENGINE_PLUGIN).toConstantValue(plugin).whenNamed('mine'); });`,
    );
    expect(json(await panda('check', '--json', '--config', file))).to.deep.equal({
      ok: true,
      shards: [{ id: 'a', engine: 'mine', ok: true, state: 'empty' }],
    });
  });

  const shard = (more: object) => ({ shards: [{ id: 'a', engine: LEVEL, options: { location: 'a' }, ...more }] });
  const second = (more: object) => ({
    shards: [...shard({}).shards, { id: 'b', engine: SQLITE, options: { file: 'b' }, ...more }],
  });
  const wrong: [what: string, content: unknown, message: string][] = [
    [
      'no such package',
      second({ engine: '@pandakv/engine-none' }),
      "shards[1].engine: there is no package '@pandakv/engine-none'",
    ],
    ['no such module', second({ engine: './none.js' }), "shards[1].engine: there is no package './none.js'"],
    ['a package that is no engine', second({ engine: 'zod' }), "shards[1].engine: the package 'zod' is no engine"],
    ['an engine that is none', second({ engine: 7 }), 'shards[1].engine: '],
    ['a wrong option', second({ options: { file: 7 } }), 'shards[1].options.file: '],
    ['an unknown option', second({ options: { file: 'b', colour: 'red' } }), 'shards[1].options: '],
    ['a missing option', second({ options: undefined }), 'shards[1].options: Give one of'],
    ['the same id twice', second({ id: 'a' }), "shards[1].id: the id 'a' is that of shards[0]"],
    ['an id with a slash', second({ id: 'a/b' }), 'shards[1].id: must be 1 to 64'],
    [
      'one store twice',
      second({ engine: LEVEL, options: { location: './x/../a' } }),
      'shards[1].options: this is the store of shards[0]',
    ],
    ['no shards', { shards: [] }, 'shards: '],
    ['something unknown', { ...shard({}), colour: 'red' }, 'colour'],
    ['a split of no shard', { ...shard({}), splits: [{ key: 'k', shard: 'z' }] }, "splits[0].shard: there is no shard 'z'"],
    ['a split of two keys', { ...shard({}), splits: [{ key: 'k', keyHex: '00', shard: 'a' }] }, 'splits[0]: Give one of'],
    ['a split of half a byte', { ...shard({}), splits: [{ keyHex: '0', shard: 'a' }] }, 'splits[0].keyHex: must be hex'],
    ['an unknown setting', { ...shard({}), settings: { patience: 1 } }, 'settings: '],
    ['a setting that is no number', { ...shard({}), settings: { patienceMs: '1' } }, 'settings.patienceMs: '],
    ['a lease that is too long', { ...shard({}), settings: { leaseWindowMs: 900 } }, 'settings.leaseWindowMs'],
  ];
  for (const [what, content, message] of wrong) {
    it(`is refused, before anything is made, with the place where it is wrong: ${what}`, async () => {
      expect(await refused(content)).to.include(message);
    });
  }

  it('tells all that is wrong at once', async () => {
    const message = await refused({
      shards: [
        { id: 'a', engine: 'none' },
        { id: 'b', engine: SQLITE, options: {} },
      ],
    });
    expect(message).to.include('shards[0].engine: ').and.to.include('shards[1].options: ');
  });

  it('is not quoted where it cannot be read: it may hold a password', async () => {
    for (const [content, name] of [
      ['{"shards": [{"password": "hunter2"} "hunter2"]}', 'panda.config.json'],
      ['{"password": "hunter2', 'panda.config.json'],
      ['shards:\n  password: "hunter2\n', 'panda.config.yaml'],
      ['hunter2: {', 'panda.config.yml'],
    ] as const) {
      const message = await refused(content, name);
      expect(message).to.not.include('hunter2');
      expect(message).to.match(/is no (JSON|YAML)/);
    }
    const option = second({ engine: '@pandakv/engine-mysql', options: { url: 'mysql://root:hunter2@', colour: 'hunter2' } });
    expect(await refused(option)).to.not.include('hunter2');
    expect(await refused('throw new Error("on purpose")', 'panda.config.js')).to.include('on purpose');
    expect(await refused('{}', 'panda.config.toml')).to.include('.yaml');
    expect((await panda('get', 'k', '--json', '--config', join(folder, 'none.json'))).code).to.equal(2);
  });

  it('has the JSON Schema that is published', () => {
    const file = new URL('../panda.config.schema.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).to.deep.equal(jsonSchema());
  });
});

describe('panda check', () => {
  it('tells of every shard whether it can be opened and is ready, and makes none', async () => {
    const folder = tempFolder();
    const file = join(folder, 'panda.config.json');
    writeFileSync(file, JSON.stringify(MIXED));
    const check = () => panda('check', '--json', '--config', file);
    const states = (result: Ended) =>
      (json(result)['shards'] as Record<string, unknown>[]).map(({ id, engine, ok, state, code }) => [
        id,
        engine,
        ok,
        state ?? code,
      ]);
    expect(states(await check())).to.deep.equal([
      ['a', 'level', true, 'empty'],
      ['b', 'sqlite', true, 'empty'],
    ]);
    await panda('init', '--config', file);
    const ready = await check();
    expect(ready.code).to.equal(0);
    expect(states(ready).map(([, , , state]) => state)).to.deep.equal(['ready', 'ready']);
    expect((await panda('check', '--config', file)).stdout).to.match(/│ b +│ sqlite +│ ready +│/);
  });

  it('exits with 1 when something is wrong with a shard, and goes on with the others', async () => {
    const folder = tempFolder();
    const data = join(folder, 'data');
    await panda('init', data, '--shards', '2');
    writeFileSync(join(folder, 'b.db'), 'somebody wrote this');
    const file = join(folder, 'panda.config.json');
    const shards = ['s1', 's2'].map((id) => ({ id, engine: LEVEL, options: { location: `data/${id}` } }));
    const content = { shards: [...shards, { id: 'b', engine: SQLITE, options: { file: 'b.db' } }] };
    writeFileSync(file, JSON.stringify(content));
    const found = json(await panda('check', '--json', '--config', file));
    expect(found['ok']).to.equal(false);
    expect((found['shards'] as { ok: boolean }[]).map(({ ok }) => ok)).to.deep.equal([true, true, false]);
    const swapped = content.shards.map(({ id }, at) => ({ ...content.shards[[1, 0, 2][at]!]!, id }));
    writeFileSync(file, JSON.stringify({ shards: swapped.slice(0, 2) }));
    const result = await panda('check', '--json', '--config', file);
    expect(result.code).to.equal(1);
    expect(result.stdout).to.include("is that of shard 's2'");
    const inUse = await withData(data, () => panda('check', '--data', data, '--json'));
    expect(inUse.code).to.equal(1);
    expect(inUse.stdout).to.include('ShardUnavailable');
  });

  it('leaves a database alone that another process leads', async () => {
    const folder = tempFolder();
    const file = join(folder, 'panda.config.json');
    writeFileSync(file, JSON.stringify({ shards: [{ id: 'b', engine: SQLITE, options: { file: 'b.db' } }] }));
    await panda('set', 'k', 'v', '--config', file);
    const { openDatabase } = await import('@pandakv/core');
    const database = await openDatabase({ shards: [{ id: 'b', engine: SQLITE, options: { file: 'b.db' } }], folder });
    expect(json(await panda('check', '--json', '--config', file))).to.include({ ok: true });
    await database.write([{ type: 'set', key: 'k', value: 'w' }]);
    await database.close();
  });
});
