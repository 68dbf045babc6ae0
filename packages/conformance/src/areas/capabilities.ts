import type { Engine, Entry, KeyRange } from '@pandakv/core/engine';
import { PandaError } from '@pandakv/core/engine';
import { assert } from 'chai';
import { promise, type Area } from '../conformance-test.js';
import { bytes, EMPTY, noise, sizeOf } from '../support/bytes.js';
import { describeError, expectBytes, failureOf } from '../support/expectations.js';
import { EVERYTHING, fill, getOne, read, WHOLE } from '../support/reading.js';
import type { TestContext } from '../test-context.js';

const ROWS = 10_000;

async function declaresAll(context: TestContext): Promise<void> {
  const engine = await context.open();
  const { durability, batchBytesMax, estimateExact, multiProcess } = engine.capabilities;
  assert.include(['synced', 'process-crash', 'none'], durability, 'durability');
  assert.isNumber(batchBytesMax, 'batchBytesMax');
  assert.isBoolean(estimateExact, 'estimateExact');
  assert.isBoolean(multiProcess, 'multiProcess');
  await engine.write({ puts: [[bytes('a'), bytes('b')]] });
  const again = engine.capabilities;
  assert.deepEqual(
    [again.durability, again.batchBytesMax, again.estimateExact, again.multiProcess],
    [durability, batchBytesMax, estimateExact, multiProcess],
    'capabilities after a write',
  );
}

/** Opened again, where it outlives that: what an engine knows of its rows may come from files written in passing. */
async function openedWithRows(context: TestContext): Promise<{ engine: Engine; entries: Entry[] }> {
  const engine = await context.open();
  const entries = Array.from({ length: ROWS }, (_, i): Entry => [
    bytes(`row/${String(i).padStart(6, '0')}`),
    noise(100 + (i % 200), i),
  ]);
  await fill(engine, entries);
  if (engine.capabilities.durability === 'none') return { engine, entries };
  await engine.close();
  return { engine: await context.open(), entries };
}

const HALF: KeyRange = { start: bytes('row/002500'), end: bytes('row/007500') };

function isNear(estimate: number, actual: number, factor: number): boolean {
  return estimate >= actual / factor && estimate <= actual * factor;
}

async function estimatesRows(context: TestContext): Promise<void> {
  const { engine, entries } = await openedWithRows(context);
  const factor = engine.capabilities.estimateExact ? 1 : 10;
  for (const [what, range, part] of [
    ['all rows', EVERYTHING, entries],
    ['half of the rows', HALF, entries.slice(2_500, 7_500)],
  ] as const) {
    const { keys, bytes: size } = await engine.estimate(range);
    assert.isTrue(
      isNear(keys, part.length, factor),
      `${keys} keys estimated for ${part.length} (${what}), beyond a factor of ${factor}`,
    );
    const actual = sizeOf(part);
    assert.isTrue(isNear(size, actual, factor), `${size} bytes estimated for ${actual} (${what}), beyond a factor of ${factor}`);
  }
}

async function estimatesLittle(context: TestContext): Promise<void> {
  const engine = await context.open();
  const estimates = async (range: KeyRange, keys: number, size: number, what: string) => {
    const estimate = await engine.estimate(range);
    assert.isAtLeast(Math.min(estimate.keys, estimate.bytes), 0, `an estimate of ${what}`);
    assert.isTrue(Number.isFinite(estimate.keys) && Number.isFinite(estimate.bytes), `an estimate of ${what} is two numbers`);
    if (engine.capabilities.estimateExact)
      assert.deepEqual({ ...estimate }, { keys, bytes: size }, `the exact estimate of ${what}`);
  };
  await estimates(EVERYTHING, 0, 0, 'an empty store');
  await engine.write({ puts: ['a', 'b', 'c', 'd'].map((key): Entry => [bytes(key), bytes('12345')]) });
  await estimates(EVERYTHING, 4, 24, 'four rows');
  await estimates({ start: bytes('b'), end: bytes('d') }, 2, 12, 'two of four rows');
  await estimates({ start: bytes('d'), end: bytes('b') }, 0, 0, 'a range whose end is before its start');
  await engine.write({ deletes: [bytes('b')], puts: [[bytes('c'), EMPTY]] });
  await estimates(EVERYTHING, 3, 13, 'three rows, one of them empty');
}

async function fastest(work: () => unknown): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < 5; i++) {
    const started = performance.now();
    await work();
    best = Math.min(best, performance.now() - started);
  }
  return best;
}

async function estimatesCheaply(context: TestContext): Promise<void> {
  const { engine } = await openedWithRows(context);
  if (engine.capabilities.estimateExact) return;
  const estimating = await fastest(() => engine.estimate(EVERYTHING));
  const reading = await fastest(() => engine.scan(EVERYTHING, WHOLE));
  assert.isBelow(estimating, reading, 'milliseconds that an estimate takes, against reading all of 10,000 rows');
}

async function opensTwice(context: TestContext): Promise<void> {
  const one = await context.open();
  const [key, value, second] = [bytes('key'), bytes('value'), bytes('second')];
  await one.write({ puts: [[key, value]] });
  if (!one.capabilities.multiProcess) {
    await opensOnceOnly(context, one);
  } else {
    const other = await context.open();
    expectBytes(await getOne(other, key), value, 'what a second engine on the store sees');
    await other.write({ puts: [[key, second]] });
    expectBytes(await getOne(one, key), second, 'what the first engine sees of the second');
    await one.close();
    expectBytes(await getOne(other, key), second, 'what the second engine sees after the first was closed');
  }
}

async function opensOnceOnly(context: TestContext, one: Engine): Promise<void> {
  // What lives in the process cannot be met by another one.
  if (one.capabilities.durability === 'none') return;
  const before = await read(one);
  const error = await failureOf('a second opening of a store that is declared for one process', () => context.open());
  if (!PandaError.is(error, 'ShardUnavailable'))
    assert.fail(`a second opening fails with ${describeError(error)}, not with ShardUnavailable`);
  assert.deepEqual(await read(one), before, 'rows after a second opening was refused');
  await one.close();
  const next = await context.open();
  assert.lengthOf(await read(next), before.length, 'rows that an engine sees which was opened after the first was closed');
}

export const CAPABILITIES: Area = {
  name: 'capabilities',
  title: 'Declared capabilities',
  tests: [
    promise('declares every capability', 'declared', declaresAll),
    promise('estimates 10,000 rows as exactly as declared', 'estimate', estimatesRows),
    promise('estimates few rows, and none, as exactly as declared', 'estimate', estimatesLittle),
    promise('estimates cheaply, unless it is exact', 'estimate', estimatesCheaply),
    promise('can be opened twice at once as declared', 'multiProcess', opensTwice),
  ],
};
