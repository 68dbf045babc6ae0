import { GuardMismatch, type Engine, type Entry } from '@pandakv/core/engine';
import { assert } from 'chai';
import { promise, type Area } from '../conformance-test.js';
import { bytes } from '../support/bytes.js';
import { expectBytes, expectEntries } from '../support/expectations.js';
import { fill, getOne, read, walk } from '../support/reading.js';
import type { TestContext } from '../test-context.js';

const key = (client: number, i: number): Uint8Array =>
  bytes(`c/${String(client).padStart(3, '0')}/${String(i).padStart(3, '0')}`);

/** Each client has rows of its own, and must find exactly those, however many others are served beside it. */
async function servesMany(context: TestContext): Promise<void> {
  const engine = await context.open();
  const client = async (c: number) => {
    const expected: Entry[] = [];
    const prefix = `c/${String(c).padStart(3, '0')}`;
    const range = { start: bytes(`${prefix}/`), end: bytes(`${prefix}0`) };
    for (let i = 0; i < context.times(10); i++) {
      const entry: Entry = [key(c, i), bytes(`${c}:${i}`)];
      await engine.write({ puts: [entry] });
      expected.push(entry);
      const values = await engine.get(expected.map(([k]) => k));
      expected.forEach(([, value], n) => expectBytes(values[n], value, `client ${c}, row ${n}`));
      expectEntries(await walk(engine, range, { limit: 4, maxBytes: Infinity }), expected, `client ${c}, pages of 4`);
      await engine.estimate(range);
    }
  };
  await Promise.all(Array.from({ length: 32 }, (_, c) => client(c)));
  assert.lengthOf(await read(engine), 32 * context.times(10), 'rows of all clients');
}

async function answersEachItsOwn(context: TestContext): Promise<void> {
  const engine = await context.open();
  await fill(
    engine,
    Array.from({ length: 256 }, (_, i): Entry => [key(0, i), bytes(String(i))]),
  );
  const ask = async (i: number) =>
    expectBytes(await getOne(engine, key(0, i)), bytes(String(i)), `one of 256 gets at once, of row ${i}`);
  const page = async (i: number) => {
    const { entries } = await engine.scan({ start: key(0, i) }, { limit: 1, maxBytes: Infinity });
    expectEntries(entries, [[key(0, i), bytes(String(i))]], `one of 256 scans at once, from row ${i}`);
  };
  for (let round = 0; round < context.times(5); round++) {
    await Promise.all(Array.from({ length: 256 }, (_, i) => [ask(i), page(i)]).flat());
  }
}

/** As in Panda: one writer, whose batches are guarded, and many readers beside it. */
async function readsBesideWriter(context: TestContext): Promise<void> {
  const engine = await context.open();
  let last = -1;
  let isOver = false;
  const reader = async () => {
    while (!isOver) {
      const before = last;
      const held = await getOne(engine, bytes('guard'));
      const n = held === undefined ? -1 : Number(Buffer.from(held).toString());
      assert.isAtLeast(n, before, 'the guard that a reader sees, against the last write that had resolved');
      await new Promise(setImmediate);
    }
  };
  const readers = Array.from({ length: 16 }, reader);
  try {
    await Promise.race([writesOn(engine, context.times(200), (n) => (last = n)), ...readers]);
  } finally {
    isOver = true;
    await Promise.allSettled(readers);
  }
  await Promise.all(readers);
}

async function writesOn(engine: Engine, count: number, onWritten: (n: number) => void): Promise<void> {
  for (let n = 0; n < count; n++) {
    const expected = n === 0 ? undefined : bytes(String(n - 1));
    try {
      await engine.write({
        guard: { key: bytes('guard'), expected, next: bytes(String(n)) },
        puts: [[bytes('row'), bytes(String(n))]],
      });
    } catch (error) {
      if (GuardMismatch.is(error)) assert.fail('the only writer met a guard that it had not written');
      throw error;
    }
    onWritten(n);
  }
}

export const CLIENTS: Area = {
  name: 'clients',
  title: 'Many clients at once',
  tests: [
    promise('serves 32 clients at once, each with its own rows', 'concurrency', servesMany),
    promise('answers each of 512 requests at once with its own rows', 'concurrency', answersEachItsOwn),
    promise('serves 16 readers beside a writer, who see what has resolved', 'visible', readsBesideWriter),
  ],
};
