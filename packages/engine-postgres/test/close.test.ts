import type { Engine } from '@pandakv/core/engine';
import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { ask, bytes, cleanUp, EVERYTHING, expectCode, newDatabase, openAt, scanAll } from './support.js';

async function expectClosed(engine: Engine): Promise<void> {
  await expectCode('Closed', () => engine.get([bytes('a')]));
  await expectCode('Closed', () => engine.get([]));
  await expectCode('Closed', () => engine.scan(EVERYTHING, { limit: 1, maxBytes: 1 }));
  await expectCode('Closed', () => engine.write({ puts: [[bytes('a'), bytes('b')]] }));
  await expectCode('Closed', () => engine.write({}));
  await expectCode('Closed', () => engine.estimate(EVERYTHING));
}

describe('Closing the engine', () => {
  afterEach(cleanUp);

  it('waits for every call that is in flight or in the queue, and refuses those that come later', async () => {
    const engine = await openAt(await newDatabase());
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

  it('may be done twice, and leaves no connection behind', async () => {
    const url = await newDatabase();
    const engine = await openAt(url);
    await Promise.all(Array.from({ length: 20 }, async () => engine.get([bytes('k')])));
    await Promise.all([engine.close(), engine.close()]);
    await engine.close();
    await expectClosed(engine);
    const open = async () =>
      (await ask(url, `SELECT pid FROM pg_stat_activity WHERE application_name = 'panda' AND datname = current_database()`))
        .length;
    for (let i = 0; i < 40 && (await open()) > 0; i++) await delay(50);
    expect(await open()).to.equal(0);
  });

  it('leaves everything there for the next opening', async () => {
    const url = await newDatabase();
    for (let n = 0; n < 3; n++) {
      const engine = await openAt(url);
      expect(await scanAll(engine)).to.have.length(n);
      const last = engine.write({ puts: [[bytes(`k${n}`), bytes('v')]] });
      await engine.close();
      await last;
    }
  });
});
