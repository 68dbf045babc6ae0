import type { Engine, EngineScanOptions, Entry, WriteBatch } from '@pandakv/core/engine';
import { assert } from 'chai';
import { promise, type Area } from '../conformance-test.js';
import { bytes, EMPTY, KIB, MIB, noise } from '../support/bytes.js';
import { expectBytes, expectCode, expectUnchanged, failureOf } from '../support/expectations.js';
import { EVERYTHING, getOne, read } from '../support/reading.js';
import type { TestContext } from '../test-context.js';

const LONGEST_KEY = 2_600;
const LARGEST_VALUE = 4 * MIB;
/** However much is declared: what is tested must fit into memory, several times. */
const TESTED_BATCH_MAX = 256 * MIB;

const TOO_LONG = Buffer.alloc(LONGEST_KEY + 1, 'k');
const ROW: Entry = [bytes('row'), bytes('value')];

async function opened(context: TestContext): Promise<Engine> {
  const engine = await context.open();
  await engine.write({ puts: [ROW] });
  return engine;
}

const refusesBatches = (batches: Readonly<Record<string, WriteBatch>>) => async (context: TestContext) => {
  const engine = await opened(context);
  await expectUnchanged(
    () => read(engine),
    'refused batches',
    async () => {
      for (const [what, batch] of Object.entries(batches)) {
        await expectCode('InvalidArgument', what, () => engine.write({ deletes: [ROW[0]], ...batch }));
      }
    },
  );
};

const KEYS_OVER_LIMIT: Readonly<Record<string, WriteBatch>> = {
  'a put with a key of 2,601 bytes': { puts: [[TOO_LONG, EMPTY]] },
  'a put with an empty key': { puts: [[EMPTY, EMPTY]] },
  'a delete of a key of 2,601 bytes': { deletes: [ROW[0], TOO_LONG] },
  'a delete of an empty key': { deletes: [ROW[0], EMPTY] },
  'a guard with a key of 2,601 bytes': { guard: { key: TOO_LONG, expected: undefined, next: EMPTY } },
  'a guard with an empty key': { guard: { key: EMPTY, expected: undefined, next: EMPTY } },
};

async function refusesToGet(context: TestContext): Promise<void> {
  const engine = await opened(context);
  for (const key of [EMPTY, TOO_LONG]) {
    await expectCode('InvalidArgument', `get of a key of ${key.length} bytes`, () => engine.get([ROW[0], key]));
  }
  expectBytes(await getOne(engine, ROW[0]), ROW[1], 'get after refused ones');
}

async function refusesValues(context: TestContext): Promise<void> {
  const over = new Uint8Array(LARGEST_VALUE + 1);
  await refusesBatches({
    'a put of 4 MiB and a byte': { puts: [[bytes('large'), over]] },
    'a guard of 4 MiB and a byte': { guard: { key: bytes('guard'), expected: undefined, next: over } },
  })(context);
}

async function takesLargest(context: TestContext): Promise<void> {
  const engine = await context.open();
  const key = Buffer.alloc(LONGEST_KEY, 0xff);
  const value = noise(LARGEST_VALUE, 7);
  await engine.write({ puts: [[key, value]], guard: { key: bytes('guard'), expected: undefined, next: value } });
  expectBytes(await getOne(engine, key), value, 'the largest value under the longest key');
  await engine.write({ guard: { key: bytes('guard'), expected: value, next: EMPTY }, deletes: [key] });
  expectBytes(await getOne(engine, key), undefined, 'the longest key, deleted under the largest guard');
}

/** Puts that sum to exactly so many bytes. They share one value, so that a large batch costs little memory. */
function putsOf(total: number): Entry[] {
  const value = noise(MIB, 3);
  const puts: Entry[] = [];
  let left = total;
  while (left > 0) {
    const key = bytes(`large/${String(puts.length).padStart(7, '0')}`);
    const length = Math.min(MIB, left - key.length);
    // Not so little left that the next key would not fit.
    const reserved = left - key.length - length > 0 && left - key.length - length < KIB ? KIB : 0;
    puts.push([key, value.subarray(0, length - reserved)]);
    left -= key.length + length - reserved;
  }
  return puts;
}

async function takesDeclaredBatch(context: TestContext): Promise<void> {
  const engine = await context.open();
  const puts = putsOf(Math.min(engine.capabilities.batchBytesMax, TESTED_BATCH_MAX));
  await engine.write({ puts });
  for (const [key, value] of [puts[0]!, puts[Math.floor(puts.length / 2)]!, puts.at(-1)!]) {
    expectBytes(await getOne(engine, key), value, 'a row of a batch of the declared size');
  }
  await engine.write({ deleteRanges: [EVERYTHING] });
}

async function refusesLargerBatch(context: TestContext): Promise<void> {
  const engine = await opened(context);
  const { batchBytesMax } = engine.capabilities;
  if (!(batchBytesMax <= 4_096 * MIB)) context.skip('the declared batchBytesMax is over 4 GiB: more than a process can send');
  await expectUnchanged(
    () => read(engine),
    'a batch over the declared size',
    async () => {
      const batch = { puts: putsOf(batchBytesMax + 1), deletes: [ROW[0]] };
      await expectCode('InvalidArgument', 'a batch of one byte more than declared', () => engine.write(batch));
    },
  );
}

async function refusesPages(context: TestContext): Promise<void> {
  const engine = await opened(context);
  const wrong: EngineScanOptions[] = [
    ...[0, -1, 1.5, NaN, -Infinity].map((limit) => ({ limit, maxBytes: 1_000 })),
    ...[-1, NaN].map((maxBytes) => ({ limit: 10, maxBytes })),
  ];
  for (const options of wrong) {
    const what = `a scan with limit ${options.limit} and ${options.maxBytes} bytes`;
    await expectCode('InvalidArgument', what, () => engine.scan(EVERYTHING, options));
  }
}

async function refusesTypes(context: TestContext): Promise<void> {
  const engine = await opened(context);
  const foreign = ['row', 7, null, { length: 3 }] as unknown as Uint8Array[];
  await expectUnchanged(
    () => read(engine),
    'keys and values of other types',
    async () => {
      for (const wrong of foreign) {
        await failureOf(`get of a key that is ${typeof wrong}`, () => engine.get([wrong]));
        await failureOf(`put of a key that is ${typeof wrong}`, () =>
          engine.write({ deletes: [ROW[0]], puts: [[wrong, EMPTY]] }),
        );
        await failureOf(`put of a value that is ${typeof wrong}`, () =>
          engine.write({ deletes: [ROW[0]], puts: [[bytes('k'), wrong]] }),
        );
      }
    },
  );
}

async function declaresEnough(context: TestContext): Promise<void> {
  const { capabilities } = await context.open();
  assert.isAtLeast(capabilities.batchBytesMax, 32 * MIB, 'the declared batchBytesMax, in bytes');
}

export const LIMITS: Area = {
  name: 'limits',
  title: 'Limits',
  tests: [
    promise('takes the longest key, the largest value and the largest guard', 'values', takesLargest),
    promise('refuses to write keys of no bytes and of 2,601', 'limits', refusesBatches(KEYS_OVER_LIMIT)),
    promise('refuses to get keys of no bytes and of 2,601', 'limits', refusesToGet),
    promise('refuses values over 4 MiB', 'limits', refusesValues),
    promise('refuses pages without a sensible size', 'limits', refusesPages),
    promise('refuses keys and values that are no bytes', 'limits', refusesTypes),
    promise('declares batches of at least 32 MiB', 'batchBytesMax', declaresEnough),
    promise('takes a batch of the declared size', 'batchBytesMax', takesDeclaredBatch),
    promise('refuses a batch over the declared size', 'limits', refusesLargerBatch),
  ],
};
