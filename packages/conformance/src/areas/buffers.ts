import type { Engine, Entry } from '@pandakv/core/engine';
import { promise, type Area } from '../conformance-test.js';
import { bytes, EMPTY } from '../support/bytes.js';
import { expectBytes, expectEntries } from '../support/expectations.js';
import { EVERYTHING, getOne, read, WHOLE } from '../support/reading.js';
import type { TestContext } from '../test-context.js';

const ENTRIES: readonly Entry[] = ['a', 'b', 'c'].map((key): Entry => [bytes(key), bytes(`value of ${key}`)]);

async function opened(context: TestContext): Promise<Engine> {
  const engine = await context.open();
  await engine.write({ puts: copies(ENTRIES) });
  return engine;
}

function copies(entries: readonly Entry[]): Entry[] {
  return entries.map(([key, value]) => [Uint8Array.from(key), Uint8Array.from(value)]);
}

async function returnsOwnValues(context: TestContext): Promise<void> {
  const engine = await opened(context);
  const a = bytes('a');
  const [first, twin] = await engine.get([a, a]);
  const kept = await getOne(engine, a);
  first?.fill(0);
  expectBytes(twin, bytes('value of a'), 'the same key, asked twice, after one answer was overwritten');
  expectBytes(kept, bytes('value of a'), 'an earlier answer, after a later one was overwritten');
  expectBytes(await getOne(engine, a), bytes('value of a'), 'get after an earlier answer was overwritten');
}

async function returnsOwnPages(context: TestContext): Promise<void> {
  const engine = await opened(context);
  const kept = await read(engine);
  const { entries, rest } = await engine.scan(EVERYTHING, { ...WHOLE, limit: 2 });
  for (const [key, value] of entries) {
    key.fill(0xff);
    value.fill(0xff);
  }
  rest?.start.fill(0);
  expectEntries(kept, ENTRIES, 'an earlier page, after a later one was overwritten');
  expectEntries(await read(engine), ENTRIES, 'a scan after an earlier page was overwritten');
}

async function keepsNoPassedBuffers(context: TestContext): Promise<void> {
  const engine = await context.open();
  const puts = copies(ENTRIES);
  const guard = { key: bytes('guard'), expected: undefined, next: bytes('1') };
  await engine.write({ puts, guard });
  for (const buffer of [...puts.flat(), guard.key, guard.next]) buffer.fill(0);
  const expected: Entry[] = [...ENTRIES, [bytes('guard'), bytes('1')]];
  expectEntries(await read(engine), expected, 'a scan after the buffers of a write were used again');
  const asked = [bytes('a'), bytes('b')];
  await engine.get(asked);
  asked.forEach((key) => key.fill(0));
  expectEntries(await read(engine), expected, 'a scan after the buffers of a get were used again');
}

async function changesNoPassedBuffers(context: TestContext): Promise<void> {
  const engine = await context.open();
  const puts = copies(ENTRIES);
  const deletes = [bytes('b2')];
  const deleteRanges = [{ start: bytes('x'), end: bytes('y') }];
  const guard = { key: bytes('guard'), expected: undefined, next: bytes('1') };
  await engine.write({ puts, deletes, deleteRanges, guard });
  await engine.get(puts.map(([key]) => key));
  await engine.scan(deleteRanges[0]!, { ...WHOLE, reverse: true });
  expectEntries(puts, ENTRIES, 'the puts that were passed to a write');
  expectBytes(deletes[0], bytes('b2'), 'the delete that was passed to a write');
  expectBytes(guard.key, bytes('guard'), 'the key of the guard that was passed to a write');
  expectBytes(guard.next, bytes('1'), 'the guard that was passed to a write');
  expectBytes(deleteRanges[0]!.start, bytes('x'), 'the start of a range');
  expectBytes(deleteRanges[0]!.end, bytes('y'), 'the end of a range');
}

/** A view into the middle of a larger buffer, which is full of other bytes. */
function within(value: Uint8Array): Uint8Array {
  const larger = new Uint8Array(value.length + 20).fill(0x21);
  larger.set(value, 7);
  return larger.subarray(7, 7 + value.length);
}

async function takesViews(context: TestContext): Promise<void> {
  const engine = await context.open();
  const puts = ENTRIES.map(([key, value]): Entry => [within(key), within(value)]);
  await engine.write({ puts, guard: { key: within(bytes('guard')), expected: undefined, next: within(EMPTY) } });
  const expected: Entry[] = [...ENTRIES, [bytes('guard'), EMPTY]];
  expectEntries(await read(engine), expected, 'a scan after views of larger buffers were written');
  expectBytes(await getOne(engine, within(bytes('b'))), bytes('value of b'), 'get of a key that is a view');
  const range = { start: within(bytes('b')), end: within(bytes('c')) };
  expectEntries(await read(engine, range), [ENTRIES[1]!], 'a scan of a range of views');
  await engine.write({
    guard: { key: within(bytes('guard')), expected: within(EMPTY), next: within(bytes('1')) },
    deletes: [within(bytes('a'))],
    deleteRanges: [range],
  });
  expectEntries(await read(engine), [ENTRIES[2]!, [bytes('guard'), bytes('1')]], 'a scan after views were deleted');
}

export const BUFFERS: Area = {
  name: 'buffers',
  title: 'Whose buffers are whose',
  tests: [
    promise('returns values that belong to the caller', 'returnedBuffers', returnsOwnValues),
    promise('returns pages that belong to the caller', 'returnedBuffers', returnsOwnPages),
    promise('keeps none of the buffers that it was passed', 'passedBuffers', keepsNoPassedBuffers),
    promise('changes none of the buffers that it was passed', 'passedBuffers', changesNoPassedBuffers),
    promise('takes views of larger buffers', 'passedBuffers', takesViews),
  ],
};
