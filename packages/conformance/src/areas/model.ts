import { GuardMismatch, type Engine, type Entry, type WriteBatch } from '@pandakv/core/engine';
import { assert } from 'chai';
import fc from 'fast-check';
import { promise, type Area } from '../conformance-test.js';
import { bytes, EMPTY } from '../support/bytes.js';
import { expectBytes, expectEntries } from '../support/expectations.js';
import { EVERYTHING, read, walk } from '../support/reading.js';
import { SortedMap } from '../support/sorted-map.js';
import { anyKey } from '../support/test-keys.js';
import type { TestContext } from '../test-context.js';

type Step =
  | { readonly do: 'write'; readonly batch: RandomBatch }
  | { readonly do: 'get'; readonly keys: readonly Uint8Array[] }
  | { readonly do: 'scan'; readonly start: Uint8Array; readonly end: Uint8Array | undefined; readonly page: RandomPage }
  | { readonly do: 'reopen' };

interface RandomBatch {
  readonly puts: readonly Entry[];
  readonly deletes: readonly Uint8Array[];
  readonly ranges: readonly (readonly [start: Uint8Array, end: Uint8Array | undefined])[];
  /** Of the guard: not there, as it is, or not as it is. */
  readonly guard: 'none' | 'right' | 'wrong' | 'absent';
}

interface RandomPage {
  readonly limit: number;
  readonly maxBytes: number;
  readonly reverse: boolean;
}

const GUARD = bytes('\xfeguard');

const key = anyKey.filter((candidate) => Buffer.compare(candidate, GUARD) !== 0);
const value = fc.oneof(
  { weight: 5, arbitrary: fc.uint8Array({ maxLength: 12 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3_000 }).map((length) => new Uint8Array(length).fill(length)) },
);
const bound = fc.oneof({ weight: 1, arbitrary: fc.constant<Uint8Array>(EMPTY) }, { weight: 5, arbitrary: anyKey });
const end = fc.option(bound, { nil: undefined, freq: 5 });

const batch: fc.Arbitrary<RandomBatch> = fc.record({
  puts: fc.array(fc.tuple(key, value), { maxLength: 8, size: 'max' }),
  deletes: fc.array(key, { maxLength: 3 }),
  ranges: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.tuple(bound, end), { minLength: 1, maxLength: 2 }) },
  ),
  // Most batches apply, as one that does not tests little else.
  guard: fc.constantFrom<RandomBatch['guard'][]>('none', 'none', 'none', 'right', 'right', 'right', 'wrong', 'absent'),
});

const page: fc.Arbitrary<RandomPage> = fc.record({
  limit: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constant(Infinity)),
  maxBytes: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constantFrom(1_000, Infinity)),
  reverse: fc.boolean(),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('write' as const), batch }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('get' as const), keys: fc.array(key, { maxLength: 10 }) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('scan' as const), start: bound, end, page }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
);

/** What the random batch means now. No key stands twice, as the contract has it. */
function batchOf({ puts, deletes, ranges, guard }: RandomBatch, model: SortedMap): WriteBatch {
  const text = (k: Uint8Array) => Buffer.from(k).toString('latin1');
  const put = new Map(puts.map((entry) => [text(entry[0]), entry]));
  const held = model.get(GUARD);
  const expected = { none: undefined, right: held, wrong: bytes('wrong'), absent: undefined }[guard];
  const next = bytes(String(Number(held === undefined ? 0 : Buffer.from(held).toString()) + 1));
  return {
    puts: [...put.values()],
    deletes: deletes.filter((k) => !put.has(text(k))),
    deleteRanges: ranges.map(([start, to]) => ({ start, end: to })),
    ...(guard === 'none' ? {} : { guard: { key: GUARD, expected, next } }),
  };
}

async function applies(engine: Engine, write: WriteBatch): Promise<boolean> {
  try {
    await engine.write(write);
    return true;
  } catch (error) {
    if (GuardMismatch.is(error)) return false;
    throw error;
  }
}

/** An engine and the map that it should equal. */
class Comparison {
  readonly model = new SortedMap();

  constructor(
    private readonly context: TestContext,
    private engine: Engine,
  ) {}

  async begin(): Promise<void> {
    await this.engine.write({ deleteRanges: [EVERYTHING] });
    expectEntries(await read(this.engine), [], 'the store after it was cleared');
  }

  async take(next: Step): Promise<void> {
    switch (next.do) {
      case 'write':
        return this.write(next.batch);
      case 'get':
        return this.get(next.keys);
      case 'scan':
        return this.scan(next);
      case 'reopen':
        return this.reopen();
    }
  }

  async expectEqual(): Promise<void> {
    expectEntries(await read(this.engine), this.model.entries(EVERYTHING), 'the whole store');
  }

  private async write(random: RandomBatch): Promise<void> {
    const write = batchOf(random, this.model);
    const applied = await applies(this.engine, write);
    assert.equal(applied, this.model.write(write), 'a batch under a guard was applied');
    await this.expectEqual();
  }

  private async get(keys: readonly Uint8Array[]): Promise<void> {
    const values = await this.engine.get(keys);
    assert.lengthOf(values, keys.length, 'answers to a get');
    keys.forEach((asked, i) => expectBytes(values[i], this.model.get(asked), `answer ${i} of a get`));
  }

  private async scan({ start, end: to, page: options }: Step & { readonly do: 'scan' }): Promise<void> {
    const range = { start, end: to };
    const expected = this.model.entries(range);
    if (options.reverse) expected.reverse();
    const { entries, rest } = await this.engine.scan(range, options);
    expectEntries(entries, expected.slice(0, entries.length), 'a page');
    assert.isAtLeast(entries.length, Math.min(1, expected.length), 'entries in the page of a range that is not empty');
    assert.equal(rest === undefined, entries.length === expected.length, 'a page names no rest, for it holds all');
    expectEntries(await walk(this.engine, range, options, expected.length), expected, 'all pages');
  }

  private async reopen(): Promise<void> {
    if (this.engine.capabilities.durability === 'none') return;
    await this.engine.close();
    this.engine = await this.context.open();
    await this.expectEqual();
  }

  async end(): Promise<void> {
    await this.engine.close();
  }
}

async function equalsSortedMap(context: TestContext): Promise<void> {
  const first = await context.open();
  const isDurable = first.capabilities.durability !== 'none';
  if (isDurable) await first.close();
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30, size: 'max' }), async (steps) => {
    const comparison = new Comparison(context, isDurable ? await context.open() : first);
    try {
      await comparison.begin();
      for (const next of steps) await comparison.take(next);
    } finally {
      if (isDurable) await comparison.end();
    }
  });
  // A failing case is made smaller for as long as the test has time, and then shown as it is.
  const interruptAfterTimeLimit = 0.75 * context.timeoutMs;
  await fc.assert(property, {
    seed: context.seed,
    numRuns: context.times(50),
    interruptAfterTimeLimit,
    markInterruptAsFailure: false,
  });
}

export const MODEL: Area = {
  name: 'model',
  title: 'Random work, against a sorted map',
  tests: [promise('does what a sorted map does, for random writes, gets and scans', 'allOrNothing', equalsSortedMap)],
};
