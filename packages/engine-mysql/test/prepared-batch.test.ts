import { TcpProxy } from '@pandakv/conformance';
import { GuardMismatch, type Engine } from '@pandakv/core/engine';
import { expect } from 'chai';
import { bytes, cleanUp, closeLater, hexRows, KINDS, newDatabase, open, scanAll } from './support.js';

const GUARD = bytes('m/guard');

/** More than a size is sent as text before it is prepared. */
const TIMES = 6;

/** Each is next to the one before; among them what the engine itself puts in for the guard for a moment. */
const GUARD_VALUES = [bytes(''), bytes('\0'), bytes('\x01'), bytes(''), bytes('\x01'), bytes('\0'), bytes('x')];

for (const kind of KINDS) {
  describe(`Groups of a size that comes often, on ${kind}`, () => {
    afterEach(cleanUp);

    let expected: Uint8Array | undefined;
    let rows: Map<string, Buffer>;

    async function write(engine: Engine, size: number, time: number): Promise<void> {
      const next = GUARD_VALUES[time % GUARD_VALUES.length]!;
      const puts = Array.from({ length: size }, (_, i) => [bytes(`k${i % 7}-${size}-${i}`), Buffer.alloc(i, time)] as const);
      await engine.write({ guard: { key: GUARD, expected, next }, puts });
      for (const [key, value] of puts) rows.set(Buffer.from(key).toString('hex'), value);
      rows.set(Buffer.from(GUARD).toString('hex'), Buffer.from(next));
      expected = next;
    }

    async function expectMismatch(engine: Engine, wrong: Uint8Array): Promise<void> {
      const write = engine.write({ guard: { key: GUARD, expected: wrong, next: bytes('n') }, puts: [[bytes('k'), bytes('v')]] });
      const error = await Promise.resolve(write).catch((thrown: unknown) => thrown);
      expect(GuardMismatch.is(error)).to.equal(true);
    }

    async function openThroughProxy(): Promise<{ engine: Engine; proxy: TcpProxy }> {
      const url = await newDatabase(kind);
      const proxy = closeLater(await TcpProxy.before(url));
      const engine = await open({ url: proxy.through(url), connections: 1 });
      expected = undefined;
      rows = new Map();
      return { engine, proxy };
    }

    it('are written as they are, before and after they are prepared, each in one trip', async () => {
      const { engine, proxy } = await openThroughProxy();
      for (const size of [...Array(20).keys(), 33, 100, 255, 256, 257]) {
        for (let time = 0; time < TIMES; time++) {
          expect(await proxy.count(() => write(engine, size, time)), `${size} rows`).to.equal(1);
          // Behind what goes on behind the answer.
          await engine.get([GUARD]);
        }
      }
      const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
      expect(hexRows(await scanAll(engine))).to.deep.equal(sorted.map(([key, value]) => [key, value.toString('hex')]));
    });

    it('change nothing when the guard holds something else, or is gone', async () => {
      const { engine, proxy } = await openThroughProxy();
      for (let time = 0; time <= TIMES; time++) await write(engine, 1, time);
      const before = hexRows(await scanAll(engine));
      for (const wrong of GUARD_VALUES.slice(0, 3)) expect(await proxy.count(() => expectMismatch(engine, wrong))).to.equal(1);
      expect(hexRows(await scanAll(engine))).to.deep.equal(before);
      await engine.write({ deletes: [GUARD] });
      for (const wrong of GUARD_VALUES) expect(await proxy.count(() => expectMismatch(engine, wrong))).to.equal(1);
      expect(hexRows(await scanAll(engine))).to.have.length(before.length - 1);
    });
  });
}
