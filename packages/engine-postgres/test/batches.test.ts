import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { bytes, cleanUp, expectCode, GUARD, openNew, scanAll } from './support.js';

const MIB = 1024 * 1024;

describe('A large batch', () => {
  afterEach(cleanUp);

  it('is written whole, of large values and of small ones, up to the declared limit', async function () {
    this.timeout(120_000);
    const engine = await openNew();
    const { batchBytesMax } = engine.capabilities;
    expect(batchBytesMax).to.be.at.least(32 * MIB);
    const noise = randomBytes(4 * MIB);
    const large = Array.from({ length: batchBytesMax / (4 * MIB) - 1 }, (_, i) => [bytes(`l${10 + i}`), noise] as const);
    const used = large.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
    const last = [bytes('last'), noise.subarray(0, batchBytesMax - used - 4)] as const;
    expect(last[1].length).to.be.at.most(4 * MIB);
    await engine.write({ puts: [...large, last] });
    const small = Array.from({ length: 100_000 }, (_, i) => [bytes(`s${100_000 + i}`), noise.subarray(i, i + 20)] as const);
    await engine.write({ guard: { key: GUARD, expected: undefined, next: bytes('1') }, puts: small });
    for (const expected of [[...large, last], small]) {
      const start = expected[0]![0];
      const page = await scanAll(engine, { start, end: Buffer.from([start[0]! + 1]) });
      const sorted = expected.toSorted(([a], [b]) => Buffer.compare(a, b));
      expect(page).to.have.length(sorted.length);
      for (const [i, [key, value]] of page.entries()) {
        if (Buffer.compare(key, sorted[i]![0]) !== 0 || Buffer.compare(value, sorted[i]![1]) !== 0) throw new Error(`row ${i}`);
      }
    }
    const keys = small.map(([key]) => key);
    const values = await engine.get(keys);
    expect(values.every((value, i) => Buffer.compare(value!, small[i]![1]) === 0)).to.equal(true);
    await engine.write({
      deletes: keys,
      deleteRanges: [{ start: bytes('l'), end: bytes('l20') }],
      puts: [[bytes('l12'), bytes('')]],
    });
    expect((await scanAll(engine)).map(([key]) => Buffer.from(key).toString())).to.deep.equal(
      ['l12', ...large.map(([key]) => key.toString()).filter((key) => key >= 'l20'), 'last', 'm/guard'].toSorted(),
    );
  });

  it('is refused above the limit, and so is what breaks the limits of keys and values; nothing changes', async () => {
    const engine = await openNew();
    const value = Buffer.alloc(4 * MIB);
    const puts = Array.from(
      { length: engine.capabilities.batchBytesMax / value.length },
      (_, i) => [bytes(`k${i}`), value] as const,
    );
    await expectCode('InvalidArgument', () => engine.write({ puts }));
    await expectCode('InvalidArgument', () => engine.write({ puts: [[bytes(''), value]] }));
    await expectCode('InvalidArgument', () => engine.write({ puts: [[Buffer.alloc(2_601), value]] }));
    await expectCode('InvalidArgument', () => engine.write({ puts: [[bytes('k'), Buffer.alloc(4 * MIB + 1)]] }));
    await expectCode('InvalidArgument', () => engine.write({ deletes: [new Uint8Array(0)] }));
    await expectCode('InvalidArgument', () => engine.get([Buffer.alloc(2_601)]));
    await expectCode('InvalidArgument', () => engine.scan({ start: bytes('') }, { limit: 0, maxBytes: 1 }));
    await expectCode('InvalidArgument', () => engine.scan({ start: bytes('') }, { limit: 1, maxBytes: -1 }));
    expect(await scanAll(engine)).to.deep.equal([]);
  });
});
