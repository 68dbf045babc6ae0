import type { Engine, Entry, KeyRange } from '@pandakv/core/engine';
import { promise, type Area } from '../conformance-test.js';
import { bytes, EMPTY } from '../support/bytes.js';
import { expectEntries, expectKeys, expectUnchanged } from '../support/expectations.js';
import { EVERYTHING, fill, read } from '../support/reading.js';
import { ADVERSARIAL_KEYS } from '../support/test-keys.js';
import type { TestContext } from '../test-context.js';

const keys = (...texts: string[]): Uint8Array[] => texts.map(bytes);

async function openWith(context: TestContext, ...texts: string[]): Promise<Engine> {
  const engine = await context.open();
  await engine.write({ puts: keys(...texts).map((key): Entry => [key, key]) });
  return engine;
}

async function endsBeforeEnd(context: TestContext): Promise<void> {
  const engine = await openWith(context, 'a', 'a\xff', 'b', 'b\0', 'c', 'd', 'd\0', 'e');
  await engine.write({ deleteRanges: [{ start: bytes('b'), end: bytes('d') }] });
  expectKeys(await read(engine), keys('a', 'a\xff', 'd', 'd\0', 'e'), 'after [b, d) was deleted');
}

async function keepsPuts(context: TestContext): Promise<void> {
  const engine = await openWith(context, 'a', 'b', 'c', 'd');
  const put: Entry = [bytes('b'), bytes('new')];
  await engine.write({ deleteRanges: [{ start: bytes('b'), end: bytes('d') }], puts: [put, [bytes('bb'), EMPTY]] });
  const expected: Entry[] = [[bytes('a'), bytes('a')], put, [bytes('bb'), EMPTY], [bytes('d'), bytes('d')]];
  expectEntries(await read(engine), expected, 'after [b, d) was deleted, with two puts inside');
}

async function ignoresEmptyRanges(context: TestContext): Promise<void> {
  const engine = await openWith(context, 'a', 'b', 'c', 'd');
  const ranges: KeyRange[] = [
    { start: bytes('b'), end: bytes('b') },
    { start: bytes('d'), end: bytes('b') },
    { start: EMPTY, end: EMPTY },
    { start: bytes('b\0'), end: bytes('b\x01') },
    { start: bytes('e') },
  ];
  await expectUnchanged(
    () => read(engine),
    'empty deleted ranges',
    async () => {
      for (const range of ranges) await engine.write({ deleteRanges: [range] });
      await engine.write({ deleteRanges: ranges });
    },
  );
}

async function clearsEverything(context: TestContext): Promise<void> {
  const engine = await context.open();
  await fill(
    engine,
    ADVERSARIAL_KEYS.map((key): Entry => [key, key.subarray(0, 10)]),
  );
  await engine.write({ deleteRanges: [EVERYTHING] });
  expectKeys(await read(engine), [], 'after the whole keyspace was deleted');
}

async function deletesFromAndToEveryKey(context: TestContext): Promise<void> {
  const engine = await context.open();
  const entries = ADVERSARIAL_KEYS.map((key): Entry => [key, EMPTY]);
  for (let i = 0; i + 4 < entries.length; i += 4) {
    await fill(engine, entries);
    await engine.write({ deleteRanges: [{ start: ADVERSARIAL_KEYS[i]!, end: ADVERSARIAL_KEYS[i + 4]! }] });
    const left = ADVERSARIAL_KEYS.filter((_, n) => n < i || n >= i + 4);
    expectKeys(await read(engine), left, `after the keys ${i} to ${i + 3} were deleted as a range`);
  }
}

async function takesOverlaps(context: TestContext): Promise<void> {
  const engine = await openWith(context, 'a', 'b', 'c', 'd', 'e', 'f', 'g');
  const range = (start: string, end: string): KeyRange => ({ start: bytes(start), end: bytes(end) });
  await engine.write({
    deleteRanges: [range('b', 'd'), range('c', 'e'), range('b', 'd'), range('f', 'f\0')],
    deletes: keys('b', 'd'),
  });
  expectKeys(await read(engine), keys('a', 'e', 'g'), 'after overlapping ranges were deleted');
}

async function deletesManyRows(context: TestContext): Promise<void> {
  const engine = await context.open();
  const entries = Array.from({ length: 10_000 }, (_, i): Entry => [bytes(`r/${String(i).padStart(5, '0')}`), bytes('v')]);
  await fill(engine, entries);
  await engine.write({ deleteRanges: [{ start: bytes('r/00001'), end: bytes('r/09999') }] });
  expectEntries(await read(engine), [entries[0]!, entries[9_999]!], 'after 9,998 of 10,000 rows were deleted as a range');
}

export const DELETE_RANGES: Area = {
  name: 'deleteRanges',
  title: 'Deleted ranges',
  tests: [
    promise('deletes from the start of a range to before its end', 'deleteRanges', endsBeforeEnd),
    promise('keeps what the same batch puts into a deleted range', 'batchOrder', keepsPuts),
    promise('deletes nothing for an empty range', 'deleteRanges', ignoresEmptyRanges),
    promise('deletes the whole keyspace', 'deleteRanges', clearsEverything),
    promise('deletes ranges that start and end at adversarial keys', 'deleteRanges', deletesFromAndToEveryKey),
    promise('takes ranges that overlap', 'deleteRanges', takesOverlaps),
    promise('deletes ranges of 10,000 rows', 'deleteRanges', deletesManyRows),
  ],
};
