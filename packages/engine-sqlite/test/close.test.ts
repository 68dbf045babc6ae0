import type { Engine } from '@pandakv/core/engine';
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect } from 'chai';
import { bytes, cleanUp, EVERYTHING, expectCode, newFile, openAt, scanAll, TARGETS } from './support.js';

async function expectClosed(engine: Engine): Promise<void> {
  await expectCode('Closed', () => engine.get([bytes('a')]));
  await expectCode('Closed', () => engine.get([bytes('a'), bytes('b')]));
  await expectCode('Closed', () => engine.scan(EVERYTHING, { limit: 1, maxBytes: 1 }));
  await expectCode('Closed', () => engine.write({ puts: [[bytes('a'), bytes('b')]] }));
  await expectCode('Closed', () => engine.estimate(EVERYTHING));
}

for (const target of TARGETS) {
  describe(`Closing the engine over ${target.name}`, () => {
    afterEach(cleanUp);

    it('waits for every call that is in flight, and refuses those that come later', async () => {
      const engine = await target.open();
      await engine.write({ puts: Array.from({ length: 2_000 }, (_, i) => [bytes(`k${i}`), new Uint8Array(100)]) });
      const calls = Array.from({ length: 20 }, (_, i) => [
        async () => engine.write({ puts: [[bytes(`late/${i}`), bytes('v')]] }),
        async () => engine.write({ deleteRanges: [{ start: bytes(`k${i}`), end: bytes(`k${i}0`) }] }),
        async () => engine.scan(EVERYTHING, { limit: 2_000, maxBytes: 1_000_000 }),
        async () => engine.get([bytes('k1'), bytes(`late/${i}`)]),
        async () => engine.estimate(EVERYTHING),
      ]).flat();
      const ends = Promise.allSettled(calls.map(async (call): Promise<unknown> => call()));
      const closed = engine.close();
      await expectClosed(engine);
      const results = await ends;
      expect(results.filter(({ status }) => status === 'rejected')).to.deep.equal([]);
      await closed;
      await expectClosed(engine);
    });

    it('may be done twice', async () => {
      const engine = await target.open();
      await Promise.all([engine.close(), engine.close()]);
      await engine.close();
      await expectClosed(engine);
    });
  });
}

describe('A store that was closed', () => {
  afterEach(cleanUp);

  it('is one file, and all there when it is opened again', async () => {
    const file = await newFile();
    for (let n = 0; n < 3; n++) {
      const engine = await openAt(file);
      expect(await scanAll(engine)).to.have.length(n);
      await engine.write({ puts: [[bytes(`k${n}`), bytes('v')]] });
      await engine.close();
      expect(await readdir(dirname(file))).to.deep.equal(['store.db']);
    }
  });

  it('stays a store for whoever else has it open', async () => {
    const file = await newFile();
    const [first, second] = [await openAt(file), await openAt(file)];
    await first.write({ puts: [[bytes('k'), bytes('v')]] });
    await first.close();
    expect(await scanAll(second)).to.have.length(1);
    await second.write({ puts: [[bytes('l'), bytes('v')]] });
    await second.close();
    expect(await scanAll(await openAt(file))).to.have.length(2);
  });
});
