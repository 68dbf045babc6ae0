import { TcpProxy } from '@pandakv/conformance';
import { GuardMismatch } from '@pandakv/core/engine';
import { expect } from 'chai';
import {
  administer,
  ALL,
  bytes,
  cleanUp,
  closeLater,
  EVERYTHING,
  expectCode,
  get,
  hex,
  KINDS,
  newDatabase,
  open,
  readOne,
  scanAll,
} from './support.js';

const GUARD = bytes('m/guard');

for (const kind of KINDS) {
  describe(`Round trips to ${kind}`, () => {
    afterEach(cleanUp);

    async function openThroughProxy(connections = 1) {
      const url = await newDatabase(kind);
      const proxy = closeLater(await TcpProxy.before(url));
      const engine = await open({ url: proxy.through(url), connections });
      return { url, proxy, engine };
    }

    it('are one for a group, one for a get of up to 256 keys, one for a page, one for an estimate', async () => {
      const { proxy, engine } = await openThroughProxy();
      const puts = Array.from({ length: 300 }, (_, i) => [bytes(`k${1_000 + i}`), Buffer.alloc(100, i)] as const);
      const keys = puts.map(([key]) => key);
      const group = {
        puts,
        deletes: [bytes('x'), bytes('y')],
        deleteRanges: [{ start: bytes('z') }],
      };
      expect(
        await proxy.count(() => engine.write({ ...group, guard: { key: GUARD, expected: undefined, next: bytes('1') } })),
      ).to.equal(1);
      expect(
        await proxy.count(() => engine.write({ ...group, guard: { key: GUARD, expected: bytes('1'), next: bytes('2') } })),
      ).to.equal(1);
      expect(await proxy.count(() => engine.write(group))).to.equal(1);
      expect(await proxy.count(() => engine.write({ puts: puts.slice(0, 1) }))).to.equal(1);
      expect(await proxy.count(() => engine.write({}))).to.equal(0);
      // A statement is prepared on its first use, which is a trip more.
      const reads = [
        () => engine.get(keys.slice(0, 1)),
        () => engine.get(keys.slice(0, 3)),
        () => engine.get(keys.slice(0, 256)),
        () => engine.scan(EVERYTHING, { limit: 100, maxBytes: 100_000 }),
        () => engine.scan(EVERYTHING, { ...ALL, reverse: true }),
        () => engine.scan({ start: bytes('k'), end: bytes('l') }, { limit: 10_000, maxBytes: 1_000 }),
      ];
      for (const read of reads) {
        expect(await proxy.count(read)).to.equal(2);
        expect(await proxy.count(read)).to.equal(1);
      }
      expect(await proxy.count(() => engine.get(keys.slice(0, 256 + 4)))).to.be.at.most(3);
      expect(await proxy.count(() => engine.estimate(EVERYTHING))).to.equal(1);
    });

    it('of a guard that does not hold are one or two, and leave the connection as it was', async () => {
      const { proxy, engine } = await openThroughProxy();
      const mismatch = async (expected: Uint8Array | undefined, deletes?: Uint8Array[]) => {
        const error: unknown = await Promise.resolve(
          engine.write({ guard: { key: GUARD, expected, next: bytes('3') }, deletes }),
        ).catch((thrown: unknown) => thrown);
        expect(GuardMismatch.is(error)).to.equal(true);
      };
      expect(await proxy.count(() => mismatch(bytes('1')))).to.equal(1);
      expect(await proxy.count(() => mismatch(bytes('1'), [bytes('x')]))).to.equal(2);
      await engine.write({ guard: { key: GUARD, expected: undefined, next: bytes('1') } });
      expect(await proxy.count(() => mismatch(undefined))).to.equal(1);
      expect(await proxy.count(() => mismatch(undefined, [bytes('x')]))).to.equal(2);
      expect(await proxy.count(() => engine.write({ puts: [[bytes('k'), bytes('v')]] }))).to.equal(1);
    });

    it('prepare few statements, whatever is asked', async () => {
      const { url, engine } = await openThroughProxy();
      const admin = await administer(url);
      const count = async () =>
        Number(
          await readOne(
            admin,
            'SELECT VARIABLE_VALUE AS n FROM (SELECT 1) o JOIN ' +
              (kind === 'mysql' ? 'performance_schema.global_status' : 'information_schema.GLOBAL_STATUS') +
              " WHERE VARIABLE_NAME = 'Prepared_stmt_count'",
          ),
        );
      const before = await count();
      await engine.write({ puts: Array.from({ length: 100 }, (_, i) => [bytes(`k${i}`), bytes('v')]) });
      for (let n = 1; n < 300; n += 7) await engine.get(Array.from({ length: n }, (_, i) => bytes(`k${i}`)));
      for (let limit = 1; limit < 50; limit++) {
        for (const range of [EVERYTHING, { start: bytes('k'), end: bytes('l') }]) {
          for (const reverse of [false, true]) await engine.scan(range, { limit, maxBytes: limit * 10, reverse });
        }
      }
      expect((await count()) - before).to.be.at.most(10);
    });

    it('of a write are never made again: the answer may be lost, and the guard tells', async () => {
      const { url, proxy, engine } = await openThroughProxy();
      await engine.write({ guard: { key: GUARD, expected: undefined, next: bytes('1') } });
      const write = (from: string, to: string) =>
        engine.write({ guard: { key: GUARD, expected: bytes(from), next: bytes(to) }, puts: [[bytes(`row${to}`), bytes(to)]] });

      proxy.cutAtAnswer(1);
      const before = proxy.trips;
      await expectCode('ShardUnavailable', () => write('1', '2'));
      expect(proxy.trips - before).to.equal(1);
      expect((await engine.get([GUARD, bytes('row2')])).map(hex)).to.deep.equal([hex(bytes('2')), hex(bytes('2'))]);

      proxy.cutAtRequest(1);
      await expectCode('ShardUnavailable', () => write('2', '3'));
      expect(hex(await get(engine, GUARD))).to.equal(hex(bytes('2')));
      const direct = await open({ url });
      expect((await scanAll(direct)).map(([key]) => Buffer.from(key).toString())).to.deep.equal(['m/guard', 'row2']);
    });
  });
}
