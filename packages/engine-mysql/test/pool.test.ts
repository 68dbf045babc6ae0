import { PandaError, type Engine } from '@pandakv/core/engine';
import { expect } from 'chai';
import type { RowDataPacket } from 'mysql2/promise';
import {
  administer,
  bytes,
  cleanUp,
  EVERYTHING,
  expectCode,
  get,
  hex,
  KINDS,
  newDatabase,
  open,
  openNew,
  ownServer,
} from './support.js';

const codeOf = (result: PromiseSettledResult<unknown>) =>
  result.status === 'fulfilled' ? 'done' : PandaError.is(result.reason) ? result.reason.code : String(result.reason);

for (const kind of KINDS) {
  describe(`The connections to ${kind}`, () => {
    afterEach(cleanUp);

    it('are no more than allowed, however many calls there are', async () => {
      const url = await newDatabase(kind);
      const engine = await open({ url, connections: 3 });
      const admin = await administer(url);
      await Promise.all(Array.from({ length: 200 }, async (_, i) => engine.get([bytes(`k${i}`)])));
      const [rows] = await admin.query<RowDataPacket[]>('SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE()');
      expect(rows).to.have.length(1 + 3);
    });

    it('have a bounded queue before them: who finds it full, or waits too long, is told Overloaded', async () => {
      const url = await newDatabase(kind);
      const engine = await open({ url, connections: 1, queueMax: 2, requestTimeoutMs: 3_000 });
      await engine.write({ puts: [[bytes('k'), bytes('v')]] });
      const admin = await administer(url);
      await admin.query("START TRANSACTION; UPDATE panda SET v='x' WHERE k='k'");
      const write = engine.write({ puts: [[bytes('k'), bytes('w')]] });
      const calls = Promise.allSettled([write, ...[1, 2, 3, 4].map(async () => engine.get([bytes('k')]))]);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await admin.query('ROLLBACK');
      expect((await calls).map(codeOf)).to.deep.equal(['done', 'done', 'done', 'Overloaded', 'Overloaded']);

      const impatient = await open({ url, connections: 1, requestTimeoutMs: 1_500 });
      await admin.query("START TRANSACTION; UPDATE panda SET v='x' WHERE k='k'");
      const both = Promise.allSettled([impatient.write({ puts: [[bytes('k'), bytes('w')]] }), impatient.get([bytes('k')])]);
      expect((await both).map(codeOf)).to.deep.equal(['ShardUnavailable', 'done']);
      await admin.query('ROLLBACK');
    });

    it('end when the server does not answer in time, and are made anew when it does again', async () => {
      const server = await ownServer(kind);
      const url = await server.createDatabase();
      const engine = await open({ url, connections: 2, requestTimeoutMs: 800, connectTimeoutMs: 800 });
      await engine.write({ puts: [[bytes('k'), bytes('v')]] });
      await Promise.all([get(engine, bytes('k')), get(engine, bytes('k'))]);
      await server.suspend();
      try {
        const began = Date.now();
        const calls = await Promise.allSettled([
          engine.get([bytes('k')]),
          engine.scan(EVERYTHING, { limit: 1, maxBytes: 1 }),
          engine.write({ puts: [[bytes('k'), bytes('w')]] }),
          engine.estimate(EVERYTHING),
        ]);
        for (const code of calls.map(codeOf)) expect(code).to.be.oneOf(['ShardUnavailable', 'Overloaded']);
        expect(Date.now() - began).to.be.below(4_000);
        await expectCode('ShardUnavailable', () => open({ url, connectTimeoutMs: 500 }));
        const closing = Date.now();
        const other = engine.close();
        await other;
        expect(Date.now() - closing).to.be.below(3_000);
      } finally {
        await server.resume();
      }
      const again = await open({ url });
      expect(hex(await get(again, bytes('k')))).to.be.oneOf([hex(bytes('v')), hex(bytes('w'))]);
    });

    it('that the server ends are replaced without anybody noticing', async () => {
      const url = await newDatabase(kind);
      const engine = await open({ url, connections: 2 });
      const admin = await administer(url);
      for (let round = 0; round < 3; round++) {
        await Promise.all([engine.get([bytes('a')]), engine.get([bytes('b')])]);
        const [rows] = await admin.query<RowDataPacket[]>(
          'SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()',
        );
        for (const row of rows) await admin.query(`KILL ${String(row['id'])}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
        expect(await get(engine, bytes('a'))).to.equal(undefined);
      }
    });
  });

  describe(`Closing the engine over ${kind}`, () => {
    afterEach(cleanUp);

    async function expectClosed(engine: Engine): Promise<void> {
      await expectCode('Closed', () => engine.get([bytes('a')]));
      await expectCode('Closed', () => engine.scan(EVERYTHING, { limit: 1, maxBytes: 1 }));
      await expectCode('Closed', () => engine.write({ puts: [[bytes('a'), bytes('b')]] }));
      await expectCode('Closed', () => engine.estimate(EVERYTHING));
    }

    it('waits for what is in flight, refuses what comes later, ends all connections, and may be done twice', async () => {
      const url = await newDatabase(kind);
      const engine = await open({ url });
      const calls = Array.from({ length: 20 }, (_, i) => [
        async () => engine.write({ puts: [[bytes(`late/${i}`), bytes('v')]] }),
        async () => engine.scan(EVERYTHING, { limit: 2_000, maxBytes: 1_000_000 }),
        async () => engine.get([bytes('k1'), bytes(`late/${i}`)]),
        async () => engine.estimate(EVERYTHING),
      ]).flat();
      const ends = Promise.allSettled(calls.map(async (call): Promise<unknown> => call()));
      const closed = engine.close();
      await expectClosed(engine);
      expect((await ends).filter(({ status }) => status === 'rejected')).to.deep.equal([]);
      await Promise.all([closed, engine.close()]);
      await expectClosed(engine);
      const admin = await administer(url);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const [rows] = await admin.query<RowDataPacket[]>('SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE()');
      expect(rows).to.have.length(1);
    });

    it('is done at once after nothing but opening', async () => {
      const engine = await openNew(kind);
      await engine.close();
      await expectClosed(engine);
    });
  });
}
