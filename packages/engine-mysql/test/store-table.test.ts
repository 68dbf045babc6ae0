import type { Connection, RowDataPacket } from 'mysql2/promise';
import { expect } from 'chai';
import {
  administer,
  bytes,
  cleanUp,
  expectCode,
  get,
  hex,
  KINDS,
  newDatabase,
  open,
  ownServer,
  readOne,
  scanAll,
} from './support.js';

const SHAPE = '(k VARBINARY(2600) NOT NULL PRIMARY KEY, v MEDIUMBLOB NOT NULL) ENGINE=InnoDB ROW_FORMAT=DYNAMIC';

async function look(admin: Connection, table: string): Promise<unknown> {
  const [[definition], rows] = [
    (await admin.query<RowDataPacket[]>(`SHOW CREATE TABLE ${table}`))[0],
    (await admin.query<RowDataPacket[]>(`SELECT * FROM ${table}`))[0],
  ];
  return { definition, rows };
}

for (const kind of KINDS) {
  describe(`The table on ${kind}`, () => {
    afterEach(cleanUp);

    it('is made on first use, says its format, and is found again', async () => {
      const url = await newDatabase(kind);
      const admin = await administer(url);
      const first = await open({ url });
      await first.write({ puts: [[bytes('k'), bytes('v')]] });
      await first.close();
      expect(
        await readOne(admin, 'SELECT TABLE_COMMENT AS c FROM information_schema.TABLES WHERE TABLE_SCHEMA=DATABASE()'),
      ).to.equal('panda engine-mysql format 1');
      const second = await open({ url });
      expect(hex(await get(second, bytes('k')))).to.equal(hex(bytes('v')));
    });

    it('is one of several in a database, each a store of its own', async () => {
      const url = await newDatabase(kind);
      const [one, other] = [await open({ url, table: 'shard_1' }), await open({ url, table: 'shard_2' })];
      await one.write({ puts: [[bytes('k'), bytes('1')]] });
      await other.write({ puts: [[bytes('k'), bytes('2')]] });
      await one.write({ deleteRanges: [{ start: bytes('') }] });
      expect(await scanAll(one)).to.have.length(0);
      expect(await scanAll(other)).to.have.length(1);
    });

    it("that is not Panda's, or of a newer format, is refused and left as it is", async () => {
      const url = await newDatabase(kind);
      const admin = await administer(url);
      const foreign = {
        plain: 'CREATE TABLE plain (id INT PRIMARY KEY, name TEXT)',
        alike: `CREATE TABLE alike ${SHAPE}`,
        commented: `CREATE TABLE commented ${SHAPE} COMMENT='my panda table'`,
        newer: `CREATE TABLE newer ${SHAPE} COMMENT='panda engine-mysql format 2'`,
      };
      for (const [table, sql] of Object.entries(foreign)) {
        await admin.query(sql);
        if (table !== 'plain') await admin.query(`INSERT INTO ${table} VALUES ('k','v')`);
        const before = await look(admin, table);
        const error = await expectCode('InvalidArgument', () => open({ url, table }));
        expect(error.message).to.match(table === 'newer' ? /format 2.*up to 1/ : /not a store of Panda's/);
        expect(await look(admin, table)).to.deep.equal(before);
      }
      await admin.query('CREATE VIEW seen AS SELECT * FROM newer');
      await expectCode('InvalidArgument', () => open({ url, table: 'seen' }));
    });

    it('that was altered, or whose format cannot be read, is damaged', async () => {
      const url = await newDatabase(kind);
      const admin = await administer(url);
      for (const [i, change] of [
        "COMMENT='panda engine-mysql format one'",
        'MODIFY k VARBINARY(100) NOT NULL',
        'MODIFY v BLOB NOT NULL',
        'ADD COLUMN x INT',
        'DROP PRIMARY KEY',
        'ENGINE=MyISAM, DROP PRIMARY KEY',
      ].entries()) {
        const table = `t${i}`;
        await (await open({ url, table })).close();
        await admin.query(`ALTER TABLE ${table} ${change}`);
        await expectCode('Corruption', () => open({ url, table }));
      }
    });

    it('may be made by several processes at once', async () => {
      for (let round = 0; round < 3; round++) {
        const url = await newDatabase(kind);
        const engines = await Promise.all([1, 2, 3, 4].map(async () => open({ url })));
        await Promise.all(engines.map(async (engine, i) => engine.write({ puts: [[bytes(`k${i}`), bytes('v')]] })));
        expect(await scanAll(engines[0]!)).to.have.length(4);
      }
    });

    it('is there whole or not at all, when the server dies while it is being made', async () => {
      const server = await ownServer(kind);
      const urls = [];
      for (let i = 0; i < 2; i++) urls.push(await server.createDatabase());
      for (const [i, url] of urls.entries()) {
        const opening = open({ url }).catch((error: unknown) => error);
        await new Promise((resolve) => setTimeout(resolve, 10 + i * 15));
        await server.kill();
        await opening;
        await server.start();
        const engine = await open({ url });
        await engine.write({ puts: [[bytes('k'), bytes('v')]] });
        expect(await scanAll(engine)).to.have.length(1);
      }
    });
  });
}
