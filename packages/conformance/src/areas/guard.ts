import { GuardMismatch, type Engine, type Entry, type Guard } from '@pandakv/core/engine';
import { assert } from 'chai';
import { promise, type Area } from '../conformance-test.js';
import { bytes, EMPTY } from '../support/bytes.js';
import { describeError, expectBytes, expectEntries, expectMismatch, expectUnchanged } from '../support/expectations.js';
import { EVERYTHING, getOne, read } from '../support/reading.js';
import type { TestContext } from '../test-context.js';

const KEY = bytes('m/guard');
const row = (key: string, value = key): Entry => [bytes(key), bytes(value)];
const guard = (expected: Uint8Array | undefined, next: Uint8Array): Guard => ({ key: KEY, expected, next });

async function advances(context: TestContext): Promise<void> {
  const engine = await context.open();
  let expected: Uint8Array | undefined;
  for (let n = 0; n < 20; n++) {
    const next = bytes(String(n));
    await engine.write({ guard: guard(expected, next), puts: [row('row', `written with ${n}`)] });
    expectBytes(await getOne(engine, KEY), next, 'the guard after a write');
    expectBytes(await getOne(engine, bytes('row')), bytes(`written with ${n}`), 'the row that came with it');
    expected = next;
  }
  await expectMismatch(engine, { guard: guard(bytes('18'), bytes('again')) }, 'a write guarded by what the guard held before');
}

/** A batch with every kind of change, under a guard that does not hold. */
async function refusesUnder(engine: Engine, expected: Uint8Array | undefined, what: string): Promise<void> {
  const changes = {
    puts: [row('a', 'changed'), row('new')],
    deletes: [bytes('b')],
    deleteRanges: [{ start: bytes('c'), end: bytes('d') }],
  };
  await expectMismatch(engine, { guard: guard(expected, bytes('moved')), ...changes }, what);
}

const refuses =
  (held: Uint8Array | undefined, expected: Uint8Array | undefined, what: string) => async (context: TestContext) => {
    const engine = await context.open();
    await engine.write({ puts: [row('a'), row('b'), row('c'), ...(held === undefined ? [] : [[KEY, held] as const])] });
    await refusesUnder(engine, expected, what);
  };

async function changesNothing(context: TestContext): Promise<void> {
  const engine = await context.open();
  await engine.write({ puts: [row('a'), row('b'), row('c1'), row('c2')] });
  await expectUnchanged(
    () => read(engine),
    'a failed guard, which was absent',
    () => refusesUnder(engine, bytes('1'), 'an absent guard'),
  );
  await engine.write({ guard: guard(undefined, bytes('1')) });
  await expectUnchanged(
    () => read(engine),
    'failed guards',
    async () => {
      for (const wrong of [undefined, EMPTY, bytes('2')]) await refusesUnder(engine, wrong, 'another guard');
    },
  );
}

async function comparesBytes(context: TestContext): Promise<void> {
  const engine = await context.open();
  const values = ['a', 'A', 'a\0', 'a ', 'aa', '\xe4', '\xc3\xa4', '\xff', '\0', ' ', '1', '1.0', '01'].map(bytes);
  let held: Uint8Array | undefined;
  for (const value of values) {
    await engine.write({ guard: guard(held, value) });
    held = value;
    for (const other of values) {
      if (other !== value)
        await expectMismatch(engine, { guard: guard(other, bytes('moved')) }, 'a guard that differs in a byte');
    }
  }
}

async function distinguishesEmpty(context: TestContext): Promise<void> {
  const engine = await context.open();
  await expectMismatch(engine, { guard: guard(EMPTY, bytes('1')) }, 'a guard expected to be empty, and absent');
  await engine.write({ guard: guard(undefined, EMPTY) });
  await expectMismatch(engine, { guard: guard(undefined, bytes('1')) }, 'a guard expected to be absent, and empty');
  await engine.write({ guard: guard(EMPTY, bytes('1')) });
  expectEntries(await read(engine), [[KEY, bytes('1')]], 'after the guard went from absent to empty to 1');
}

/** Both write at once, each guarded by what was last seen: one wins, and all that it wrote, and nothing of the other, is there. */
async function race(one: Engine, other: Engine, rounds: number): Promise<void> {
  let expected: Uint8Array | undefined;
  for (let round = 0; round < rounds; round++) {
    const racers = round % 2 === 0 ? [one, other] : [other, one];
    const attempts = racers.map(async (engine, i) => {
      const next = bytes(`${round} by ${i}`);
      const puts: Entry[] = [
        [bytes(`own/${i}`), next],
        [bytes('row'), next],
      ];
      await engine.write({ guard: guard(expected, next), puts, deletes: [bytes(`own/${1 - i}`)] });
      return { i, next };
    });
    const results = await Promise.allSettled(attempts);
    const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    assert.lengthOf(won, 1, `winners of round ${round}`);
    for (const error of lost) if (!GuardMismatch.is(error)) assert.fail(`the loser failed with ${describeError(error)}`);
    const { i, next } = won[0]!;
    const left: Entry[] = [
      [KEY, next],
      [bytes(`own/${i}`), next],
      [bytes('row'), next],
    ];
    expectEntries(await read(round % 3 === 0 ? other : one), left, `after round ${round}`);
    expected = next;
  }
}

/** As two leaders do: each reads the guard, writes with it, and takes a mismatch for the other's success. */
async function countTogether(engines: readonly Engine[], each: number): Promise<void> {
  const count = async (engine: Engine, name: string) => {
    let done = 0;
    while (done < each) {
      const held = await getOne(engine, KEY);
      const [n] = Buffer.from(held ?? bytes('0'))
        .toString()
        .split(' ');
      const next = bytes(`${Number(n) + 1} ${name}`);
      try {
        await engine.write({ guard: guard(held, next), puts: [[bytes(`log/${next.toString()}`), EMPTY]] });
        done++;
      } catch (error) {
        if (!GuardMismatch.is(error)) throw error;
      }
    }
  };
  await Promise.all(engines.map((engine, i) => count(engine, String(i))));
  const total = each * engines.length;
  const [n] = Buffer.from((await getOne(engines[0]!, KEY))!)
    .toString()
    .split(' ');
  assert.equal(Number(n), total, 'what the guard has counted');
  const { length } = await read(engines[0]!, { start: bytes('log/'), end: bytes('log0') });
  assert.equal(length, total, 'rows that were written with the guard');
}

async function racesOnOneEngine(context: TestContext): Promise<void> {
  const engine = await context.open();
  await race(engine, engine, context.times(2_000));
}

async function racesOnTwo(context: TestContext): Promise<void> {
  const one = await context.open();
  if (!one.capabilities.multiProcess) context.skip('multiProcess is declared false: there is no second engine on a store');
  await race(one, await context.open(), context.times(2_000));
}

async function countsOnSeveral(context: TestContext): Promise<void> {
  const one = await context.open();
  const others = one.capabilities.multiProcess ? [await context.open(), await context.open()] : [one, one];
  await countTogether([one, ...others], context.times(300));
}

async function neverTakesOwnWriteForAnothers(context: TestContext): Promise<void> {
  const engine = await context.open();
  let expected: Uint8Array | undefined;
  for (let n = 0; n < context.times(1_000); n++) {
    const next = bytes(`${n}`);
    await engine.write({
      guard: guard(expected, next),
      puts: [row('row', `${n}`)],
      deleteRanges: n % 50 === 0 ? [EVERYTHING] : [],
    });
    expected = next;
  }
  expectEntries(
    await read(engine),
    [
      [KEY, expected!],
      [bytes('row'), expected!],
    ],
    'after one writer alone',
  );
}

export const GUARD: Area = {
  name: 'guard',
  title: 'The guard',
  tests: [
    promise('applies a batch whose guard holds, and moves the guard', 'guardHolds', advances),
    promise(
      'refuses a batch whose guard holds another value',
      'guardHolds',
      refuses(bytes('2'), bytes('1'), 'a guard that holds 2, expected 1'),
    ),
    promise('refuses a batch whose guard is absent', 'guardHolds', refuses(undefined, bytes('1'), 'an absent guard, expected 1')),
    promise(
      'refuses a batch whose guard should be absent, and is there',
      'guardHolds',
      refuses(bytes('1'), undefined, 'a guard that holds 1, expected absent'),
    ),
    promise('tells an empty guard from an absent one', 'guardHolds', distinguishesEmpty),
    promise('compares every byte of the guard', 'guardHolds', comparesBytes),
    promise('changes nothing at all when the guard fails', 'mismatchChangesNothing', changesNothing),
    promise('lets exactly one of two racing writers win each round', 'guardAtomic', racesOnOneEngine),
    promise('lets exactly one of two racing engines on one store win each round', 'guardAtomic', racesOnTwo),
    promise('loses no step of a count that several writers share', 'guardAtomic', countsOnSeveral),
    promise('never fails the guard of a writer that is alone', 'noRetry', neverTakesOwnWriteForAnothers),
  ],
};
