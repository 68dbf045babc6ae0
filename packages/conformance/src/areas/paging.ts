import type { Engine, Entry, KeyRange } from '@pandakv/core/engine';
import { assert } from 'chai';
import { promise, type Area } from '../conformance-test.js';
import { bytes, EMPTY, KIB, MIB, noise, sizeOf } from '../support/bytes.js';
import { expectEntries, expectKeys } from '../support/expectations.js';
import { EVERYTHING, fill, read, walk } from '../support/reading.js';
import type { TestContext } from '../test-context.js';

/** Neighbours as near as keys can be, an empty value, a large one, and the end of the keyspace. */
const ENTRIES: readonly Entry[] = [
  ...['\0', '\0\0', '\0\x01', '\x01', 'a', 'a\0', 'a\0\0', 'a\x01', 'aa', 'ab', 'b'].map((key): Entry => [
    bytes(key),
    bytes(`v ${key}`),
  ]),
  [bytes('c'), EMPTY],
  [bytes('d'), noise(3_000, 1)],
  [bytes('e'), bytes('e')],
  ...['\x7f', '\x80', '\xfe', '\xff', '\xff\0', '\xff\xff'].map((key): Entry => [bytes(key), bytes(key)]),
  [Buffer.alloc(2_600, 0xff), bytes('the last')],
];
const RANGES: readonly KeyRange[] = [
  EVERYTHING,
  { start: bytes('a'), end: bytes('\xff') },
  { start: bytes('a\0'), end: bytes('b') },
  { start: bytes('bb'), end: bytes('\x7f\x01') },
];

function inRange({ start, end }: KeyRange, entries = ENTRIES): Entry[] {
  return entries.filter(([key]) => Buffer.compare(key, start) >= 0 && (end === undefined || Buffer.compare(key, end) < 0));
}

async function opened(context: TestContext): Promise<Engine> {
  const engine = await context.open();
  await fill(engine, ENTRIES);
  return engine;
}

const everyPageSize = (reverse: boolean) => async (context: TestContext) => {
  const engine = await opened(context);
  for (const range of RANGES) {
    const expected = reverse ? inRange(range).reverse() : inRange(range);
    for (let limit = 1; limit <= expected.length + 1; limit++) {
      const found = await walk(engine, range, { limit, maxBytes: Infinity, reverse }, 1_000);
      expectEntries(found, expected, `pages of ${limit}${reverse ? ', in reverse' : ''}`);
    }
  }
};

async function everyByteBudget(context: TestContext): Promise<void> {
  const engine = await opened(context);
  for (const reverse of [false, true]) {
    const expected = reverse ? [...ENTRIES].reverse() : ENTRIES;
    for (const maxBytes of [0, 1, 2, 7, 30, 64, 3_000, 3_001, 10_000, Infinity]) {
      const found = await walk(engine, EVERYTHING, { limit: Infinity, maxBytes, reverse }, 1_000);
      expectEntries(found, expected, `pages of ${maxBytes} bytes${reverse ? ', in reverse' : ''}`);
    }
  }
}

async function holdsOneAtLeast(context: TestContext): Promise<void> {
  const engine = await context.open();
  const large: Entry[] = ['a', 'b', 'c'].map((key, i): Entry => [bytes(key), noise(MIB, i)]);
  await fill(engine, large);
  for (const reverse of [false, true]) {
    for (const maxBytes of [0, 1, 1_000]) {
      const { entries, rest } = await engine.scan(EVERYTHING, { limit: 10, maxBytes, reverse });
      assert.isNotEmpty(entries, `entries in a page of ${maxBytes} bytes, where the next row is larger`);
      if (entries.length < large.length) assert.isDefined(rest, 'the rest of a page that does not hold all');
    }
  }
}

async function staysNearItsBudget(context: TestContext): Promise<void> {
  const engine = await context.open();
  const entries = Array.from({ length: 256 }, (_, i): Entry => [Uint8Array.of(i), noise(32 * KIB, i)]);
  await fill(engine, entries);
  for (const reverse of [false, true]) {
    const page = await engine.scan(EVERYTHING, { limit: Infinity, maxBytes: 256 * KIB, reverse });
    assert.isAtMost(sizeOf(page.entries), 2 * MIB, 'bytes in a page of 256 KiB, of rows of 32 KiB');
  }
}

async function keepsToLimit(context: TestContext): Promise<void> {
  const engine = await opened(context);
  for (const reverse of [false, true]) {
    for (const limit of [1, 2, 5, ENTRIES.length, 1_000]) {
      const { entries } = await engine.scan(EVERYTHING, { limit, maxBytes: Infinity, reverse });
      assert.isAtMost(entries.length, limit, `entries in a page with limit ${limit}`);
    }
  }
}

const keys = (...texts: string[]): Uint8Array[] => texts.map(bytes);

async function opensAlphabet(context: TestContext): Promise<Engine> {
  const engine = await context.open();
  await fill(
    engine,
    keys('a', 'b', 'c', 'd', 'e').map((key): Entry => [key, key]),
  );
  return engine;
}

async function startsAtStart(context: TestContext): Promise<void> {
  const engine = await opensAlphabet(context);
  expectKeys(await read(engine, { start: bytes('b') }), keys('b', 'c', 'd', 'e'), 'a scan from b');
  expectKeys(await read(engine, { start: bytes('b') }, true), keys('e', 'd', 'c', 'b'), 'a reverse scan down to b');
  expectKeys(await read(engine, { start: bytes('b\0') }), keys('c', 'd', 'e'), 'a scan from right behind b');
}

async function endsBeforeEnd(context: TestContext): Promise<void> {
  const engine = await opensAlphabet(context);
  const range = { start: bytes('b'), end: bytes('d') };
  expectKeys(await read(engine, range), keys('b', 'c'), 'a scan of [b, d)');
  expectKeys(await read(engine, { ...range, end: bytes('d\0') }), keys('b', 'c', 'd'), 'a scan up to right behind d');
}

async function reversesFromEnd(context: TestContext): Promise<void> {
  const engine = await opensAlphabet(context);
  expectKeys(await read(engine, { start: bytes('b'), end: bytes('d') }, true), keys('c', 'b'), 'a reverse scan of [b, d)');
  expectKeys(
    await read(engine, { start: bytes('b'), end: bytes('d\0') }, true),
    keys('d', 'c', 'b'),
    'a reverse scan from behind d',
  );
  const { entries } = await engine.scan(EVERYTHING, { limit: 1, maxBytes: Infinity, reverse: true });
  expectKeys(entries, keys('e'), 'the last entry, by a reverse scan of one');
}

async function readsEmptyRanges(context: TestContext): Promise<void> {
  const engine = await opensAlphabet(context);
  const ranges: KeyRange[] = [
    { start: bytes('b'), end: bytes('b') },
    { start: bytes('d'), end: bytes('b') },
    { start: EMPTY, end: EMPTY },
    { start: bytes('bb'), end: bytes('bc') },
    { start: bytes('f') },
    { start: EMPTY, end: bytes('a') },
  ];
  for (const range of ranges) {
    for (const reverse of [false, true]) expectKeys(await read(engine, range, reverse), [], 'a scan of an empty range');
  }
}

/** After the first page, rows come and go on both sides of where it ended: the rest must be cut exactly there. */
async function seesChangesBetweenPages(context: TestContext): Promise<void> {
  const engine = await opensAlphabet(context);
  const range = { start: bytes('a'), end: bytes('e') };
  const page = { limit: 2, maxBytes: Infinity };
  const forward = await engine.scan(range, page);
  expectKeys(forward.entries, keys('a', 'b'), 'the first page');
  const backward = await engine.scan(range, { ...page, reverse: true });
  expectKeys(backward.entries, keys('d', 'c'), 'the first page in reverse');
  const near = keys('`', 'a\0', 'a\xff', 'b\0', 'b\xff\xff', 'c\0', 'd\0', 'd\xff', 'e\0');
  await engine.write({ puts: near.map((key): Entry => [key, key]), deletes: keys('b', 'c') });
  assert.isDefined(forward.rest, 'the rest of the first page');
  expectKeys(
    await read(engine, forward.rest),
    keys('b\0', 'b\xff\xff', 'c\0', 'd', 'd\0', 'd\xff'),
    'the rest of the first page',
  );
  assert.isDefined(backward.rest, 'the rest of the first page in reverse');
  const rest = keys('b\xff\xff', 'b\0', 'a\xff', 'a\0', 'a');
  expectKeys(await read(engine, backward.rest, true), rest, 'the rest of the first page in reverse');
}

async function leavesNoRest(context: TestContext): Promise<void> {
  const engine = await opensAlphabet(context);
  const full: KeyRange[] = [EVERYTHING, { start: bytes('a'), end: bytes('f') }, { start: bytes('a'), end: bytes('e\0') }];
  for (const range of full) {
    for (const reverse of [false, true]) {
      for (const [limit, maxBytes] of [
        [5, Infinity],
        [6, Infinity],
        [Infinity, 10],
        [5, 10],
        [Infinity, 1_000],
      ] as const) {
        const { entries, rest } = await engine.scan(range, { limit, maxBytes, reverse });
        const [first, last] = [entries[0], entries.at(-1)];
        if (entries.length < 5) continue;
        assert.isUndefined(
          rest,
          `the rest behind the last entry (limit ${limit}, ${maxBytes} bytes, of ${first?.length} and ${last?.length})`,
        );
      }
    }
  }
}

async function namesRest(context: TestContext): Promise<void> {
  const engine = await opensAlphabet(context);
  for (const reverse of [false, true]) {
    for (const limit of [1, 2, 3, 4]) {
      const { entries, rest } = await engine.scan(EVERYTHING, { limit, maxBytes: Infinity, reverse });
      const whole = reverse ? keys('e', 'd', 'c', 'b', 'a') : keys('a', 'b', 'c', 'd', 'e');
      if (rest === undefined) assert.fail(`a page of ${entries.length} of 5 entries names no rest`);
      expectKeys([...entries, ...(await read(engine, rest, reverse))], whole, 'a page and what its rest holds');
    }
  }
}

/** The rows behind the large ones are much smaller: an engine that has guessed their size may have to begin a page anew. */
async function tellsWhatComes(context: TestContext): Promise<void> {
  const engine = await context.open();
  const large = Array.from({ length: 8 }, (_, i): Entry => [bytes(`a${i}`), noise(20_000, i)]);
  const small = Array.from({ length: 1_200 }, (_, i): Entry => [bytes(`b${10_000 + i}`), noise(20, i)]);
  await fill(engine, [...large, ...small]);
  for (const range of [{ start: EMPTY, end: bytes('b') }, EVERYTHING, { start: bytes('b') }]) {
    for (const reverse of [false, true]) {
      const told: { readonly entries: readonly Entry[]; readonly copy: Entry[] }[] = [];
      const onEntries = (entries: readonly Entry[]): void => {
        told.push({ entries, copy: entries.map(([key, value]): Entry => [Uint8Array.from(key), Uint8Array.from(value)]) });
      };
      const { entries } = await engine.scan(range, { limit: 1_000, maxBytes: 64 * KIB, reverse, onEntries });
      for (const { copy } of told.filter((each) => each.entries === entries)) {
        expectEntries(copy, entries.slice(0, copy.length), 'what was told of a page before it was whole');
      }
    }
  }
}

export const PAGING: Area = {
  name: 'paging',
  title: 'Scans and pages',
  tests: [
    promise('gives every entry once, with every page size', 'pages', everyPageSize(false)),
    promise('gives every entry once in reverse, with every page size', 'reverse', everyPageSize(true)),
    promise('gives every entry once, with every byte budget', 'pages', everyByteBudget),
    promise('holds at least one entry, however small the byte budget', 'pageBytes', holdsOneAtLeast),
    promise('ends a page near its byte budget', 'pageBytes', staysNearItsBudget),
    promise('never holds more than the limit', 'pageLimit', keepsToLimit),
    promise('tells nothing of a page that it does not hold in the end', 'onEntries', tellsWhatComes),
    promise('begins with the start of the range', 'bounds', startsAtStart),
    promise('ends before the end of the range', 'bounds', endsBeforeEnd),
    promise('begins in reverse right before the end of the range', 'reverse', reversesFromEnd),
    promise('finds nothing in an empty range', 'bounds', readsEmptyRanges),
    promise('names a rest when entries are left', 'rest', namesRest),
    promise('names no rest when nothing is left', 'rest', leavesNoRest),
    promise('cuts the rest exactly where the page ended, whatever changes between pages', 'rest', seesChangesBetweenPages),
  ],
};
