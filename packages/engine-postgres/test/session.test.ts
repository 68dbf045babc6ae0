import { expect } from 'chai';
import { sharedServer } from '@pandakv/testbed';
import {
  ask,
  bytes,
  cleanUp,
  EVERYTHING,
  get,
  hex,
  hexRows,
  keysOf,
  mismatches,
  newDatabase,
  openAt,
  ownServer,
  scanAll,
} from './support.js';

/** What an administrator could set for a database, at its worst for the engine. */
const WORST = {
  bytea_output: 'escape',
  standard_conforming_strings: 'off',
  backslash_quote: 'on',
  escape_string_warning: 'on',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  synchronous_commit: 'off',
  TimeZone: 'Asia/Kathmandu',
  DateStyle: 'German',
  search_path: 'elsewhere, pg_temp',
  lock_timeout: '1ms',
  enable_indexscan: 'off',
  enable_nestloop: 'off',
  quote_all_identifiers: 'on',
  extra_float_digits: '-15',
  client_min_messages: 'debug1',
  jit: 'on',
  jit_above_cost: '0',
  row_security: 'on',
  default_table_access_method: 'heap',
  array_nulls: 'off',
  xmloption: 'document',
};

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

/** A small tour of the engine that does not depend on any setting. */
async function expectExact(url: string): Promise<void> {
  const engine = await openAt(url, { schema: 'Ünsère "Daten"', table: "O'Panda\\" });
  const keys = Array.from({ length: 256 }, (_, i) => Buffer.from([255 - i]));
  await engine.write({
    guard: { key: bytes('m/guard'), expected: undefined, next: EVERY_BYTE },
    puts: keys.map((key) => [key, Buffer.concat([key, EVERY_BYTE])]),
  });
  expect(
    await mismatches(() => engine.write({ guard: { key: bytes('m/guard'), expected: bytes('x'), next: bytes('y') } })),
  ).to.equal(true);
  await engine.write({ guard: { key: bytes('m/guard'), expected: EVERY_BYTE, next: bytes('2') } });
  const rows = keys.toReversed().map((key) => [hex(key), hex(Buffer.concat([key, EVERY_BYTE]))]);
  rows.splice(0x6e, 0, [hex(bytes('m/guard')), hex(bytes('2'))]);
  expect(hexRows(await scanAll(engine))).to.deep.equal(rows);
  expect((await engine.get(keys)).map(hex)).to.deep.equal(keys.map((key) => hex(Buffer.concat([key, EVERY_BYTE]))));
  const { rest } = await engine.scan(EVERYTHING, { limit: 300, maxBytes: 1, reverse: true });
  expect(hex(rest!.end)).to.equal('ff');
  await engine.write({ deleteRanges: [{ start: bytes('\x01') }] });
  expect(await keysOf(engine)).to.deep.equal(['\0']);
  await engine.estimate(EVERYTHING);
}

describe('A session', () => {
  afterEach(cleanUp);

  it('is exact whatever the defaults of the database', async () => {
    const url = await newDatabase();
    const database = new URL(url).pathname.slice(1);
    for (const [name, value] of Object.entries(WORST)) {
      const literal = name === 'search_path' ? value : `'${value}'`;
      await ask(url, `ALTER DATABASE ${database} SET ${name} = ${literal}`);
    }
    await expectExact(url);
  });

  for (const encoding of ['SQL_ASCII', 'LATIN1', 'UTF8', 'EUC_JP']) {
    it(`is exact in a database with the encoding ${encoding}`, async () => {
      const server = await sharedServer('postgres');
      const url = new URL(await server.createDatabase());
      const name = `panda_${encoding.toLowerCase()}_${Date.now()}`;
      await ask(url.href, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`);
      url.pathname = name;
      try {
        await expectExact(url.href);
      } finally {
        await cleanUp();
        url.pathname = 'postgres';
        await ask(url.href, `DROP DATABASE ${name}`);
      }
    });
  }

  for (const [given, used] of [
    ['off', 'on'],
    ['local', 'on'],
    ['remote_write', 'on'],
    ['on', 'on'],
    ['remote_apply', 'remote_apply'],
  ] as const) {
    it(`commits with synchronous_commit ${used} where the default is ${given}`, async () => {
      const url = await newDatabase();
      await ask(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = '${given}'`);
      const engine = await openAt(url);
      // The table itself tells what the session has while it is written to.
      await ask(
        url,
        `CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN NEW.v := current_setting(''synchronous_commit'')::pg_catalog.bytea; RETURN NEW; END'`,
      );
      await ask(url, 'CREATE TRIGGER tell BEFORE INSERT ON panda FOR EACH ROW EXECUTE FUNCTION tell()');
      await engine.write({ puts: [[bytes('k'), bytes('v')]] });
      expect(hex(await get(engine, bytes('k')))).to.equal(hex(bytes(used)));
      expect(engine.capabilities.durability).to.equal('synced');
    });
  }

  it('declares what the server is good for', async () => {
    for (const setting of ['fsync', 'full_page_writes']) {
      const server = await ownServer({ [setting]: 'off' });
      const engine = await openAt(await server.createDatabase());
      expect(engine.capabilities).to.include({ durability: 'process-crash', multiProcess: true, estimateExact: false });
    }
  });
});
