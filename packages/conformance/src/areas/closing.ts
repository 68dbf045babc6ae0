import type { Engine, Entry } from '@pandakv/core/engine';
import { assert } from 'chai';
import { promise, type Area } from '../conformance-test.js';
import { bytes, noise } from '../support/bytes.js';
import { expectCode, expectEntries } from '../support/expectations.js';
import { EVERYTHING, fill, getOne, read, WHOLE } from '../support/reading.js';
import { ADVERSARIAL_KEYS } from '../support/test-keys.js';
import type { TestContext } from '../test-context.js';

const row = (n: number): Entry => [bytes(`row/${String(n).padStart(4, '0')}`), bytes(String(n))];

/** What a store holds after it was closed and opened again: all of it, or nothing where it lives in the process. */
async function expectAfterReopening(
  context: TestContext,
  engine: Engine,
  expected: readonly Entry[],
  what: string,
): Promise<void> {
  await engine.close();
  const again = await context.open();
  if (again.capabilities.durability === 'none' && (await read(again)).length === 0) return;
  expectEntries(await read(again), expected, what);
}

async function keepsEverything(context: TestContext): Promise<void> {
  const engine = await context.open();
  const entries = ADVERSARIAL_KEYS.map((key, i): Entry => [key, noise(i * 37, i)]);
  await fill(engine, entries);
  await engine.write({ puts: [row(1)] });
  await engine.write({ deletes: [row(1)[0]] });
  await expectAfterReopening(context, engine, entries, 'the store after it was closed and opened again');
}

async function keepsTheGuard(context: TestContext): Promise<void> {
  let engine = await context.open();
  if (engine.capabilities.durability === 'none') context.skip("durability is declared 'none'");
  let expected: Uint8Array | undefined;
  for (let n = 0; n < 5; n++) {
    const next = bytes(`opened ${n} times`);
    await engine.write({ guard: { key: bytes('guard'), expected, next }, deleteRanges: [EVERYTHING], puts: [row(n)] });
    expected = next;
    await engine.close();
    engine = await context.open();
  }
  expectEntries(await read(engine), [[bytes('guard'), expected!], row(4)], 'the store after it was opened six times');
}

async function waitsForWrites(context: TestContext): Promise<void> {
  const engine = await context.open();
  const entries = Array.from({ length: 50 }, (_, n) => row(n));
  const writes = entries.map(async (entry) => engine.write({ puts: [entry] }));
  const closed = engine.close();
  const results = await Promise.allSettled(writes);
  await closed;
  const failed = results.find((result) => result.status === 'rejected');
  assert.isUndefined(failed, `a write that was in flight when the engine was closed: ${String(failed?.reason)}`);
  const again = await context.open();
  if (again.capabilities.durability === 'none' && (await read(again)).length === 0) return;
  expectEntries(await read(again), entries, 'the store after it was closed during 50 writes');
}

async function waitsForReads(context: TestContext): Promise<void> {
  const engine = await context.open();
  const entries = Array.from({ length: 500 }, (_, n) => row(n));
  await fill(engine, entries);
  const gets = entries.map(async ([key]) => getOne(engine, key));
  const scans = Array.from({ length: 10 }, async () => engine.scan(EVERYTHING, WHOLE));
  const closed = engine.close();
  const results = await Promise.allSettled<unknown>([...gets, ...scans]);
  await closed;
  const failed = results.find((result) => result.status === 'rejected');
  assert.isUndefined(failed, `a read that was in flight when the engine was closed: ${String(failed?.reason)}`);
  for (const scan of scans) expectEntries((await scan).entries, entries, 'a scan that was in flight when the engine was closed');
}

async function failsAfterClose(context: TestContext): Promise<void> {
  const engine = await context.open();
  await engine.write({ puts: [row(1)] });
  const closed = engine.close();
  const calls = {
    get: () => engine.get([row(1)[0]]),
    scan: () => engine.scan(EVERYTHING, WHOLE),
    write: () => engine.write({ puts: [row(2)] }),
    estimate: () => engine.estimate(EVERYTHING),
  };
  for (const [name, call] of Object.entries(calls)) await expectCode('Closed', `${name} while the engine closes`, call);
  await closed;
  for (const [name, call] of Object.entries(calls)) await expectCode('Closed', `${name} after close`, call);
  const again = await context.open();
  if (again.capabilities.durability === 'none' && (await read(again)).length === 0) return;
  expectEntries(await read(again), [row(1)], 'the store after writes to a closed engine');
}

async function closesTwice(context: TestContext): Promise<void> {
  const engine = await context.open();
  await Promise.all([engine.close(), engine.close()]);
  await engine.close();
}

async function opensOften(context: TestContext): Promise<void> {
  const held = await context.open();
  const { multiProcess, durability } = held.capabilities;
  if (!multiProcess) await held.close();
  for (let n = 0; n < context.times(20); n++) {
    const engine = await context.open();
    await engine.write({ puts: [row(n)] });
    await engine.close();
  }
  if (durability === 'none') return;
  const engine = await context.open();
  assert.lengthOf(await read(engine), context.times(20), 'rows, one of each opening');
}

export const CLOSING: Area = {
  name: 'closing',
  title: 'Closing and opening again',
  tests: [
    promise('keeps everything over closing and opening again', 'durable', keepsEverything),
    promise('keeps the guard over closing and opening again', 'durable', keepsTheGuard),
    promise('lets writes that are in flight end before it closes', 'close', waitsForWrites),
    promise('lets reads that are in flight end before it closes', 'close', waitsForReads),
    promise('fails calls after close with Closed, and does nothing for them', 'closed', failsAfterClose),
    promise('may be closed twice', 'close', closesTwice),
    promise('can be opened and closed again and again', 'close', opensOften),
  ],
};
