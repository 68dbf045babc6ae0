import { GuardMismatch, type Engine, type Entry } from '@pandakv/core/engine';
import { assert } from 'chai';
import { promise, type Area } from '../conformance-test.js';
import { bytes, EMPTY } from '../support/bytes.js';
import { expectCode, expectEntries, expectKeys, expectUnchanged, failureOf } from '../support/expectations.js';
import { EVERYTHING, fill, read, WHOLE } from '../support/reading.js';
import type { TestContext } from '../test-context.js';

const keys = (...texts: string[]): Uint8Array[] => texts.map(bytes);
const rows = (...texts: string[]): Entry[] => texts.map((text): Entry => [bytes(text), bytes(`value ${text}`)]);

/** Rows of one generation: half of their keys are those of every generation, half its own. */
function generation(n: number): Entry[] {
  const value = bytes(`${n},`.repeat(30));
  return Array.from({ length: 120 }, (_, i): Entry => {
    const key = i % 2 === 0 ? `r/${String(i).padStart(3, '0')}` : `r/${String(i).padStart(3, '0')}/${n % 2}`;
    return [bytes(key), value];
  });
}

async function readsWholeBatches(context: TestContext): Promise<void> {
  const engine = await context.open();
  await engine.write({ puts: generation(0) });
  let isOver = false;
  const reader = async (reverse: boolean) => {
    while (!isOver) {
      const { entries } = await engine.scan(EVERYTHING, { ...WHOLE, reverse });
      const seen = new Set(entries.map(([, value]) => Buffer.from(value).toString('latin1').split(',', 1)[0]));
      assert.equal(seen.size, 1, `batches of which one page holds rows, with ${entries.length} of 120 rows`);
      assert.lengthOf(entries, 120, 'rows in a page, where every batch leaves 120');
      await new Promise(setImmediate);
    }
  };
  const readers = [false, true].map(reader);
  try {
    await Promise.race([writeGenerations(engine, context.times(80)), ...readers]);
  } finally {
    isOver = true;
    await Promise.allSettled(readers);
  }
  await Promise.all(readers);
}

async function writeGenerations(engine: Engine, count: number): Promise<void> {
  for (let n = 1; n <= count; n++) {
    const deletes = generation(n - 1)
      .map(([key]) => key)
      .filter((_, i) => i % 2 === 1);
    await engine.write(n % 3 === 0 ? { deleteRanges: [EVERYTHING], puts: generation(n) } : { deletes, puts: generation(n) });
  }
}

async function refusesWhole(context: TestContext): Promise<void> {
  const engine = await context.open();
  await engine.write({ puts: rows('a', 'b', 'c', 'd') });
  const tooLong = Buffer.alloc(2_601, 'k');
  const work = async () => {
    const changes = { deleteRanges: [{ start: bytes('c'), end: bytes('d') }], deletes: keys('a') };
    const puts: Entry[] = [...rows('b2', 'b3'), [tooLong, EMPTY], ...rows('z')];
    await expectCode('InvalidArgument', 'a batch with a key that is too long', () => engine.write({ ...changes, puts }));
    await expectCode('InvalidArgument', 'a batch with an empty key', () =>
      engine.write({ ...changes, puts: [...rows('y'), [EMPTY, EMPTY]] }),
    );
  };
  await expectUnchanged(() => read(engine), 'a refused batch', work);
}

async function appliesNoneOnMismatch(context: TestContext): Promise<void> {
  const engine = await context.open();
  const puts = Array.from({ length: 3_000 }, (_, i): Entry => [bytes(`new/${i}`), bytes('v')]);
  await fill(engine, rows('a', 'b', 'c'));
  await expectUnchanged(
    () => read(engine),
    'a failed batch of 3,000 rows',
    async () => {
      const guard = { key: bytes('guard'), expected: bytes('1'), next: bytes('2') };
      const error = await failureOf('a batch whose guard does not hold', () =>
        engine.write({ guard, puts, deleteRanges: [EVERYTHING] }),
      );
      assert.isTrue(GuardMismatch.is(error), 'it fails with GuardMismatch');
    },
  );
}

async function appliesInOrder(context: TestContext): Promise<void> {
  const engine = await context.open();
  await engine.write({ puts: rows('a', 'b', 'c', 'd', 'e') });
  await engine.write({
    puts: [[bytes('b'), bytes('new')], ...rows('b5')],
    deletes: keys('c', 'e'),
    deleteRanges: [{ start: bytes('b'), end: bytes('d') }],
  });
  const expected: Entry[] = [...rows('a'), [bytes('b'), bytes('new')], ...rows('b5', 'd')];
  expectEntries(await read(engine), expected, 'after puts, deletes and a deleted range around them');
}

async function acceptsNothingToDo(context: TestContext): Promise<void> {
  const engine = await context.open();
  await engine.write({ puts: rows('a', 'b') });
  await expectUnchanged(
    () => read(engine),
    'batches that do nothing',
    async () => {
      await engine.write({});
      await engine.write({ puts: [], deletes: [], deleteRanges: [] });
      await engine.write({ deletes: keys('absent', 'a\0') });
      await engine.write({ puts: rows('a') });
    },
  );
}

async function takesManyRows(context: TestContext): Promise<void> {
  const engine = await context.open();
  // As many as a group of commits of the greatest load: more than the parameters of one statement.
  const many = Array.from({ length: 20_000 }, (_, i): Entry => [bytes(`many/${String(i).padStart(5, '0')}`), bytes(String(i))]);
  await engine.write({ puts: many });
  expectEntries(await read(engine), many, 'after one batch of 20,000 puts');
  await engine.write({ deletes: many.slice(1).map(([key]) => key) });
  expectEntries(await read(engine), many.slice(0, 1), 'after one batch of 19,999 deletes');
}

async function ordersWithinWhole(context: TestContext): Promise<void> {
  const engine = await context.open();
  await engine.write({ puts: rows('a', 'm', 'z') });
  const guard = { key: bytes('guard'), expected: undefined, next: bytes('1') };
  await engine.write({ guard, puts: rows('m', 'n'), deleteRanges: [EVERYTHING] });
  expectKeys(await read(engine), keys('guard', 'm', 'n'), 'after a batch that clears everything and puts two rows, guarded');
  await engine.write({ guard: { ...guard, expected: bytes('1'), next: bytes('2') }, deleteRanges: [EVERYTHING] });
  expectEntries(await read(engine), [[bytes('guard'), bytes('2')]], 'after a batch that clears everything, its guard in it');
}

export const BATCHES: Area = {
  name: 'batches',
  title: 'Atomic batches',
  tests: [
    promise('shows a whole batch in a page, or nothing of it', 'pageView', readsWholeBatches),
    promise('applies nothing of a batch that it refuses', 'allOrNothing', refusesWhole),
    promise('applies nothing of a large batch whose guard fails', 'allOrNothing', appliesNoneOnMismatch),
    promise('applies deleted ranges, then deletes, then puts', 'batchOrder', appliesInOrder),
    promise('keeps the puts and the guard of a batch that clears everything', 'batchOrder', ordersWithinWhole),
    promise('takes batches that have nothing to do', 'allOrNothing', acceptsNothingToDo),
    promise('takes batches of 20,000 rows', 'allOrNothing', takesManyRows),
  ],
};
