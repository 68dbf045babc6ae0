import { TcpProxy } from '@pandakv/conformance';
import { GuardMismatch } from '@pandakv/core/engine';
import { expect } from 'chai';
import {
  administer,
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
  openNew,
  ownServer,
  scanAll,
} from './support.js';

const MIB = 1024 * 1024;
const GUARD = bytes('m/guard');
const LONGEST = (i: number) => Buffer.alloc(2_600, i);

for (const kind of KINDS) {
  describe(`Large batches on ${kind}`, () => {
    afterEach(cleanUp);

    it('are taken up to what is declared, and read back in pages of any budget', async () => {
      const engine = await openNew(kind);
      const { batchBytesMax } = engine.capabilities;
      expect(batchBytesMax).to.be.at.least(32 * MIB);
      const count = Math.floor(batchBytesMax / (4 * MIB + 2_600));
      const puts = Array.from({ length: count }, (_, i) => [LONGEST(i), Buffer.alloc(4 * MIB, i)] as const);
      await engine.write({ puts, guard: { key: GUARD, expected: undefined, next: bytes('1') } });
      expect(hex(await get(engine, GUARD))).to.equal(hex(bytes('1')));
      const seen: number[] = [];
      let next: { start: Uint8Array; end?: Uint8Array | undefined } | undefined = { start: bytes(''), end: LONGEST(count) };
      while (next !== undefined) {
        const page: Awaited<ReturnType<typeof engine.scan>> = await engine.scan(next, { limit: 1_000, maxBytes: 9 * MIB });
        expect(page.entries).to.have.length(Math.min(3, count - seen.length));
        for (const [key, value] of page.entries) {
          expect(Buffer.compare(value, Buffer.alloc(4 * MIB, key[0]))).to.equal(0);
          seen.push(key[0]!);
        }
        next = page.rest;
      }
      expect(seen).to.deep.equal(Array.from({ length: count }, (_, i) => i));
      await expectCode('InvalidArgument', () => engine.write({ puts: [...puts, [bytes('one more'), Buffer.alloc(4 * MIB)]] }));
    });

    it('of many small rows are as right as those of a few large ones', async () => {
      const engine = await openNew(kind);
      const puts = Array.from({ length: 40_000 }, (_, i) => [bytes(`k${100_000 + i}`), Buffer.alloc(200, i)] as const);
      await engine.write({ puts: [[bytes('j'), bytes('old')]] });
      const deletes = Array.from({ length: 3_000 }, (_, i) => bytes(`j${i}`));
      await engine.write({ puts, deletes: [...deletes, bytes('j')] });
      const found = await scanAll(engine);
      expect(found).to.have.length(puts.length);
      expect(found.every(([key, value], i) => !Buffer.compare(key, puts[i]![0]) && !Buffer.compare(value, puts[i]![1]))).to.equal(
        true,
      );
    });

    it('change nothing when the guard does not hold, or the connection is lost in the middle', async () => {
      const url = await newDatabase(kind);
      const proxy = closeLater(await TcpProxy.before(url));
      const engine = await open({ url: proxy.through(url) });
      const puts = Array.from({ length: 7 }, (_, i) => [LONGEST(i), Buffer.alloc(4 * MIB, i)] as const);
      const guard = { key: GUARD, expected: bytes('0'), next: bytes('1') };
      const error: unknown = await Promise.resolve(engine.write({ puts, guard })).catch((thrown: unknown) => thrown);
      expect(GuardMismatch.is(error)).to.equal(true);

      // Each query carries one value or two; the fourth has begun by then.
      proxy.cutAtRequestByte(45 * MIB);
      await expectCode('ShardUnavailable', () => engine.write({ puts, guard: { ...guard, expected: undefined } }));
      expect(await scanAll(engine)).to.deep.equal([]);
      await engine.write({ puts: puts.slice(0, 1), guard: { ...guard, expected: undefined } });
      expect(await scanAll(engine, { start: GUARD })).to.have.length(1);
      expect(await engine.scan(EVERYTHING, { limit: 1, maxBytes: 1 })).to.have.property('rest');
    });

    it('need packets of 16 MiB: a server with less is refused with a word on what to set', async () => {
      const server = await ownServer(kind, { max_allowed_packet: '8M' });
      const url = await server.createDatabase();
      const error = await expectCode('InvalidArgument', () => open({ url }));
      expect(error.message).to.match(/max_allowed_packet/);
      const admin = await administer(url);
      await admin.query(`SET GLOBAL max_allowed_packet=${16 * MIB}`);
      const engine = await open({ url });
      await engine.write({ puts: [[bytes('k'), Buffer.alloc(4 * MIB, 1)]] });
      expect(await get(engine, bytes('k'))).to.have.length(4 * MIB);
    });
  });
}
