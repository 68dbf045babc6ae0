import type { Engine } from '@pandakv/core/engine';
import { expect } from 'chai';
import { bytes, cleanUp, EVERYTHING, expectCode, scanAll, TARGETS } from './support.js';

const TOO_LONG = new Uint8Array(2_601);
const TOO_LARGE = new Uint8Array(4 * 1024 * 1024 + 1);
const NOTHING = new Uint8Array(0);
const V = bytes('v');

for (const target of TARGETS) {
  describe(`Limits over ${target.name}`, () => {
    let engine: Engine;
    beforeEach(async () => {
      engine = await target.open();
      await engine.write({ puts: [[bytes('there'), V]] });
    });
    afterEach(cleanUp);

    it('are checked before a batch changes anything', async () => {
      const good = [bytes('good'), V] as const;
      const guard = { key: bytes('g'), expected: undefined, next: V };
      const notBytes = 'text' as unknown as Uint8Array;
      const deleteRanges = [EVERYTHING];
      for (const batch of [
        { deleteRanges, puts: [good, [NOTHING, V] as const] },
        { deleteRanges, puts: [good, [TOO_LONG, V] as const] },
        { deleteRanges, puts: [good, [bytes('k'), TOO_LARGE] as const] },
        { deleteRanges, puts: [good, [notBytes, V] as const] },
        { deleteRanges, puts: [good, [bytes('k'), notBytes] as const] },
        { deleteRanges, puts: [good], deletes: [NOTHING] },
        { deleteRanges, puts: [good], deletes: [TOO_LONG] },
        { deleteRanges, puts: [good], guard: { ...guard, key: TOO_LONG } },
        { deleteRanges, puts: [good], guard: { ...guard, key: NOTHING } },
        { deleteRanges, puts: [good], guard: { ...guard, next: TOO_LARGE } },
      ]) {
        await expectCode('InvalidArgument', () => engine.write(batch));
      }
      expect(await scanAll(engine)).to.have.length(1);
    });

    it('are checked in get and scan', async () => {
      await expectCode('InvalidArgument', () => engine.get([bytes('there'), NOTHING]));
      await expectCode('InvalidArgument', () => engine.get([TOO_LONG]));
      for (const limit of [0, -1, 1.5, NaN]) {
        await expectCode('InvalidArgument', () => engine.scan(EVERYTHING, { limit, maxBytes: 1 }));
      }
      for (const maxBytes of [-1, NaN])
        await expectCode('InvalidArgument', () => engine.scan(EVERYTHING, { limit: 1, maxBytes }));
    });

    it('take a batch of the declared size, and refuse a larger one whole', async () => {
      const { batchBytesMax } = engine.capabilities;
      expect(batchBytesMax).to.be.at.least(32 * 1024 * 1024);
      const value = new Uint8Array(4 * 1024 * 1024 - 2);
      const puts = Array.from(
        { length: batchBytesMax / (4 * 1024 * 1024) },
        (_, i) => [bytes(`k${String.fromCharCode(i)}`), value] as const,
      );
      await engine.write({ puts });
      expect(await scanAll(engine)).to.have.length(puts.length + 1);
      await expectCode('InvalidArgument', () =>
        engine.write({ deleteRanges: [EVERYTHING], puts: [...puts, [bytes('x'), NOTHING]] }),
      );
      expect(await scanAll(engine)).to.have.length(puts.length + 1);
    });
  });
}
