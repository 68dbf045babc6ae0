import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { ask, bytes, cleanUp, closeLater, expectCode, get, hex, keysOf, newDatabase, openAt } from './support.js';
import { plugin } from '@pandakv/engine-postgres';

const MARKER = '{"panda":"store","engine":"postgres","format":1}';
const STORE = 'CREATE TABLE panda (k bytea PRIMARY KEY, v bytea NOT NULL)';

const commentOn = (table: string, comment: string) => `COMMENT ON TABLE ${table} IS '${comment}'`;

/** All that can be seen of a database's tables from outside. */
const look = (url: string) =>
  ask(
    url,
    `SELECT c.oid::text, c.relname, c.relkind::text, c.relfilenode::text, c.reloptions::text, obj_description(c.oid, 'pg_class'), c.xmin::text
      FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      ORDER BY c.oid`,
  );

describe('The table of a store', () => {
  afterEach(cleanUp);

  it('is created with its marker, with rows uncompressed and room for updates', async () => {
    const url = await newDatabase();
    const engine = await openAt(url);
    const [[comment, options, kind]] = (await ask(
      url,
      `SELECT obj_description(oid, 'pg_class'), reloptions::text, relkind::text || relpersistence::text FROM pg_class WHERE relname = 'panda'`,
    )) as [[string, string, string]];
    expect(comment).to.equal(MARKER);
    expect(options).to.contain('fillfactor=85');
    expect(kind).to.equal('rp');
    await engine.write({ puts: [[Buffer.alloc(2_600), Buffer.alloc(3_000)]] });
    const [[sizes]] = (await ask(url, `SELECT pg_column_size(k) >= 2600 AND pg_column_size(v) >= 3000 FROM panda`)) as [
      [boolean],
    ];
    expect(sizes).to.equal(true);
  });

  it('is created once, by whichever of many openings comes first', async () => {
    const url = await newDatabase();
    for (const place of [{}, { schema: 'new one' }, { schema: 'new one', table: 'other' }]) {
      const engines = await Promise.all(Array.from({ length: 8 }, async () => plugin.open({ url, connections: 2, ...place })));
      for (const engine of engines) closeLater(engine);
      await engines[0]!.write({ puts: [[bytes('k'), bytes('v')]] });
      for (const engine of engines) expect(hex(await get(engine, bytes('k')))).to.equal(hex(bytes('v')));
    }
  });

  it('keeps shards of one server apart: by database, schema or table, whatever their names', async () => {
    const url = await newDatabase();
    const engines = [];
    for (const place of [
      {},
      { table: 'Panda' },
      { table: 'a"b' },
      { table: "drop table panda; --'" },
      { schema: 'é"', table: '😀' },
      { schema: 'x'.repeat(63), table: 'y'.repeat(63) },
    ]) {
      engines.push(await openAt(url, { connections: 2, ...place }));
    }
    engines.push(await openAt(await newDatabase()));
    for (const [i, engine] of engines.entries()) await engine.write({ puts: [[bytes(`k${i}`), bytes('v')]] });
    for (const [i, engine] of engines.entries()) {
      expect(await keysOf(engine)).to.deep.equal([`k${i}`]);
      expect((await engine.estimate({ start: bytes('') })).keys).to.equal(1);
    }
  });

  for (const [what, texts, code] of [
    ['has no marker', [STORE], 'InvalidArgument'],
    ['has rows of others', ['CREATE TABLE panda (id int)', 'INSERT INTO panda VALUES (1)'], 'InvalidArgument'],
    ['has a comment of others', [STORE, commentOn('panda', 'ours, keep out')], 'InvalidArgument'],
    ['has a comment that is JSON of others', [STORE, commentOn('panda', '{"format":1}')], 'InvalidArgument'],
    ['is a store of another engine', [STORE, commentOn('panda', MARKER.replace('postgres', 'mysql'))], 'InvalidArgument'],
    ['has a newer format', [STORE, commentOn('panda', MARKER.replace('1}', '2}'))], 'InvalidArgument'],
    ['is a view', ['CREATE VIEW panda AS SELECT 1 AS k'], 'InvalidArgument'],
    ['is a sequence', ['CREATE SEQUENCE panda'], 'InvalidArgument'],
    ['is unlogged', [STORE.replace('TABLE', 'UNLOGGED TABLE'), commentOn('panda', MARKER)], 'InvalidArgument'],
    [
      'has other columns',
      ['CREATE TABLE panda (k text PRIMARY KEY, v bytea NOT NULL)', commentOn('panda', MARKER)],
      'Corruption',
    ],
    ['has lost its key', ['CREATE TABLE panda (k bytea NOT NULL, v bytea NOT NULL)', commentOn('panda', MARKER)], 'Corruption'],
  ] as const) {
    it(`is refused, and left as it is, where it ${what}`, async () => {
      const url = await newDatabase();
      for (const text of texts) await ask(url, text);
      const before = await look(url);
      await expectCode(code, () => plugin.open({ url }));
      expect(await look(url)).to.deep.equal(before);
    });
  }

  it('serves a store that was dumped and restored, or whose storage was tuned', async () => {
    const url = await newDatabase();
    await ask(url, STORE);
    await ask(url, commentOn('panda', MARKER));
    const engine = await openAt(url);
    const key = randomBytes(2_600);
    await engine.write({ puts: [[key, randomBytes(9_000)]] });
    expect(await get(engine, key)).to.have.length(9_000);
  });
});
