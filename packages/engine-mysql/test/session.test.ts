import { GuardMismatch, type Engine } from '@pandakv/core/engine';
import { expect } from 'chai';
import type { Server } from '@pandakv/testbed';
import { administer, bytes, cleanUp, get, hex, hexRows, KINDS, open, scanAll } from './support.js';
import { startServer } from '@pandakv/testbed';

const GUARD = bytes('m/guard');
const ODD = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

/** Defaults of the server that would each break something, were they used. */
const WEAKEST = [
  "SET GLOBAL sql_mode='ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,PIPES_AS_CONCAT'",
  "SET GLOBAL character_set_server='utf16'",
  "SET GLOBAL time_zone='+05:30'",
  "SET GLOBAL completion_type='CHAIN'",
  'SET GLOBAL autocommit=0',
  'SET GLOBAL sql_select_limit=3',
  'SET GLOBAL sql_safe_updates=1',
  'SET GLOBAL max_sort_length=8',
];

async function race(engines: readonly Engine[], rounds: number): Promise<void> {
  let expected: Uint8Array | undefined = (await engines[0]!.get([GUARD]))[0];
  for (let round = 0; round < rounds; round++) {
    const tries = engines.map(async (engine, i) => {
      const next = bytes(`${round} by ${i}`);
      const deletes = round % 2 === 0 ? undefined : [bytes('gone')];
      await engine.write({ guard: { key: GUARD, expected, next }, puts: [[bytes('row'), next]], deletes });
      return next;
    });
    const results = await Promise.allSettled(tries);
    const won = results.filter((result) => result.status === 'fulfilled');
    for (const lost of results)
      if (lost.status === 'rejected') expect(GuardMismatch.is(lost.reason), String(lost.reason)).to.equal(true);
    expect(won, `round ${round}`).to.have.length(1);
    expected = won[0]!.value;
    expect((await engines[1]!.get([GUARD, bytes('row')])).map(hex)).to.deep.equal([hex(expected), hex(expected)]);
  }
}

for (const kind of KINDS) {
  describe(`On ${kind} with the weakest settings`, () => {
    let server: Server;
    before(async () => {
      server = await startServer(kind, { settings: {} });
    });
    after(async () => server.close());
    afterEach(cleanUp);

    async function openWeak(settings: readonly string[]) {
      const url = await server.createDatabase();
      const admin = await administer(url);
      for (const setting of settings) await admin.query(setting);
      return { url, admin, engine: await open({ url, connections: 2 }) };
    }

    it('bytes stay what they are, and a write is whole and done when it says so', async () => {
      const { url, engine } = await openWeak(WEAKEST);
      const puts = Array.from(
        { length: 20 },
        (_, i) => [Buffer.concat([ODD, Buffer.alloc(i)]), Buffer.concat([ODD, Buffer.alloc(i, 32)])] as const,
      );
      await engine.write({ puts });
      await engine.write({
        deletes: [puts[3]![0]],
        deleteRanges: [{ start: puts[10]![0] }],
        guard: { key: GUARD, expected: undefined, next: ODD },
      });
      const left = [...puts.slice(0, 3), ...puts.slice(4, 10), [GUARD, ODD] as const];
      const other = await open({ url });
      for (const each of [engine, other]) {
        expect(hexRows(await scanAll(each))).to.deep.equal(hexRows(left));
        expect((await each.get(puts.map(([key]) => key))).map(hex)).to.deep.equal(
          puts.map(([, value], i) => (i === 3 || i >= 10 ? undefined : hex(value))),
        );
      }
    });

    const levels = ['READ UNCOMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'].map((level) => [
      `SET GLOBAL TRANSACTION ISOLATION LEVEL ${level}`,
    ]);
    const snapshots = levels.map((level) => [...level, 'SET GLOBAL innodb_snapshot_isolation=ON']);
    for (const settings of kind === 'mariadb' ? [...levels, ...snapshots] : levels) {
      it(`one of two racing leaders wins, and reads see what is committed and wait for nothing (${settings.join('; ')})`, async () => {
        const { url, admin, engine } = await openWeak(settings);
        await race([engine, await open({ url })], 40);
        const before = hexRows(await scanAll(engine));
        await admin.query(
          "SET sql_safe_updates=0, completion_type=0; START TRANSACTION; UPDATE panda SET v='dirty'; INSERT INTO panda VALUES ('new','dirty')",
        );
        expect(hexRows(await scanAll(engine))).to.deep.equal(before);
        expect((await engine.get([GUARD, bytes('row')])).map(hex)).to.deep.equal(before.map(([, value]) => value));
        await admin.query('COMMIT');
        expect(hex(await get(engine, bytes('new')))).to.equal(hex(bytes('dirty')));
        expect(await scanAll(engine)).to.have.length(3);
      });
    }
  });
}
