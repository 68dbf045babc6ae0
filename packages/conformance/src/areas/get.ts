import type { Entry } from '@pandakv/core/engine';
import { assert } from 'chai';
import { promise, type Area } from '../conformance-test.js';
import { bytes } from '../support/bytes.js';
import { expectBytes } from '../support/expectations.js';
import { fill } from '../support/reading.js';
import { randomIntegers } from '../support/test-keys.js';
import type { TestContext } from '../test-context.js';

const key = (i: number): Uint8Array => bytes(`key/${String(i).padStart(5, '0')}`);
const value = (i: number): Uint8Array => bytes(`value of ${i}`);
const rows = (count: number): Entry[] => Array.from({ length: count }, (_, i): Entry => [key(i), value(i)]);

/** More than any engine takes as parameters of one statement. */
const VERY_MANY = 70_000;

/** Asks for keys of `rows(present)` by number; numbers from `present` on are absent. */
async function asks(context: TestContext, present: number, numbers: readonly number[]): Promise<void> {
  const engine = await context.open();
  await fill(engine, rows(present));
  const values = await engine.get(numbers.map(key));
  assert.lengthOf(values, numbers.length, 'answers to a get');
  numbers.forEach((n, i) => expectBytes(values[i], n < present ? value(n) : undefined, `answer ${i} of a get`));
}

async function showsDeletes(context: TestContext): Promise<void> {
  const engine = await context.open();
  await engine.write({ puts: rows(3) });
  await engine.write({ deletes: [key(1)] });
  const values = await engine.get([key(0), key(1), key(2)]);
  [value(0), undefined, value(2)].forEach((expected, i) => expectBytes(values[i], expected, `answer ${i} of a get`));
}

export const GET: Area = {
  name: 'get',
  title: 'Reading keys',
  tests: [
    promise('answers in the order asked', 'getOrder', (context) => asks(context, 5, [3, 0, 4, 1, 2])),
    promise('answers a key as often as it is asked', 'getOrder', (context) => asks(context, 3, [1, 1, 0, 1, 2, 2, 0])),
    promise('answers undefined for absent keys, in their places', 'getOrder', (context) =>
      asks(context, 3, [7, 0, 8, 2, 9, 7, 1]),
    ),
    promise('answers no keys with no values', 'getOrder', (context) => asks(context, 2, [])),
    promise('answers random keys, asked again and again', 'getOrder', (context) =>
      asks(context, 200, randomIntegers(context.times(2_000), 0, 300, context.seed)),
    ),
    promise('does not find what was deleted', 'visible', showsDeletes),
    promise('answers 70,000 keys at once', 'getMany', (context) =>
      asks(
        context,
        100,
        Array.from({ length: VERY_MANY }, (_, i) => VERY_MANY - 1 - i),
      ),
    ),
  ],
};
