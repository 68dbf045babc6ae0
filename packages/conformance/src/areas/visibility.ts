import type { Engine, Entry } from '@pandakv/core/engine';
import { promise, type Area } from '../conformance-test.js';
import { bytes } from '../support/bytes.js';
import { expectBytes, expectEntries } from '../support/expectations.js';
import { EVERYTHING, getOne, read, WHOLE } from '../support/reading.js';
import type { TestContext } from '../test-context.js';

const KEY = bytes('key');

/** Reads first, so that whatever the engine remembers is there; writes; and reads again, in every way. */
async function rewrites(writer: Engine, reader: Engine, rounds: number): Promise<void> {
  for (let n = 0; n < rounds; n++) {
    await getOne(reader, KEY);
    await read(reader);
    const value = bytes(String(n));
    await writer.write({ puts: [[KEY, value]] });
    expectBytes(await getOne(reader, KEY), value, `get right after write ${n}`);
    expectEntries(await read(reader), [[KEY, value]], `a scan right after write ${n}`);
    const { entries } = await reader.scan(EVERYTHING, { ...WHOLE, limit: 1, reverse: true });
    expectEntries(entries, [[KEY, value]], `a reverse scan right after write ${n}`);
    await writer.write(n % 2 === 0 ? { deletes: [KEY] } : { deleteRanges: [EVERYTHING] });
    expectBytes(await getOne(reader, KEY), undefined, `get right after delete ${n}`);
    expectEntries(await read(reader), [], `a scan right after delete ${n}`);
  }
}

async function showsToOthers(context: TestContext): Promise<void> {
  const one = await context.open();
  if (!one.capabilities.multiProcess) context.skip('multiProcess is declared false: there is no second engine on a store');
  const other = await context.open();
  await rewrites(one, other, context.times(100));
  await rewrites(other, one, context.times(100));
}

/** Each of many writers at once sees its own write as soon as it has resolved, while all the others write too. */
async function showsInterleaved(context: TestContext): Promise<void> {
  const engine = await context.open();
  const writer = async (w: number) => {
    const start = bytes(`w/${w}/`);
    for (let n = 0; n < context.times(30); n++) {
      const entry: Entry = [bytes(`w/${w}/key`), bytes(String(n))];
      await engine.write({ puts: [entry] });
      expectBytes(await getOne(engine, entry[0]), entry[1], `writer ${w}, get right after write ${n}`);
      expectEntries(await read(engine, { start, end: bytes(`w/${w}0`) }), [entry], `writer ${w}, a scan right after write ${n}`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, w) => writer(w)));
}

/** A read that began before a write, and ends after it, must not leave what it saw behind for later reads. */
async function forgetsOverlappedReads(context: TestContext): Promise<void> {
  const engine = await context.open();
  for (let n = 0; n < context.times(200); n++) {
    const value = bytes(String(n));
    const early = [getOne(engine, KEY), read(engine)];
    await engine.write({ puts: [[KEY, value]] });
    if (n % 2 === 0)
      expectBytes(await getOne(engine, KEY), value, `get after write ${n}, while earlier reads may be on their way`);
    await Promise.all(early);
    expectBytes(await getOne(engine, KEY), value, `get after write ${n} and the reads beside it`);
  }
}

export const VISIBILITY: Area = {
  name: 'visibility',
  title: 'Visibility of writes',
  tests: [
    promise('shows a resolved write to every later get and scan', 'visible', async (context) => {
      const engine = await context.open();
      await rewrites(engine, engine, context.times(100));
    }),
    promise('shows a resolved write to every other engine on the store', 'visible', showsToOthers),
    promise('shows each of many interleaved writers its own write', 'visible', showsInterleaved),
    promise('remembers nothing of reads that a write overtook', 'visible', forgetsOverlappedReads),
  ],
};
