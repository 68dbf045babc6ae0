import type { Entry } from '@pandakv/core/engine';
import { assert } from 'chai';
import { promise, type Area } from '../conformance-test.js';
import { bytes, EMPTY, KIB, MIB, noise } from '../support/bytes.js';
import { expectBytes, expectEntries } from '../support/expectations.js';
import { EVERYTHING, getOne, read, walk } from '../support/reading.js';
import type { TestContext } from '../test-context.js';

const KEY = bytes('key');

/** Around the sizes at which column types and length fields of engines end. */
const LENGTHS = [
  1,
  2,
  127,
  128,
  255,
  256,
  257,
  767,
  1_024,
  4_095,
  8_192,
  16_383,
  65_535,
  65_536,
  65_537,
  MIB,
  4 * MIB - 1,
  4 * MIB,
];

async function tellsEmptyFromAbsent(context: TestContext): Promise<void> {
  const engine = await context.open();
  await engine.write({ puts: [[KEY, EMPTY]] });
  const [empty, absent] = await engine.get([KEY, bytes('absent')]);
  expectBytes(empty, EMPTY, 'get of an empty value');
  expectBytes(absent, undefined, 'get of an absent key');
  expectEntries(await read(engine), [[KEY, EMPTY]], 'a scan over an empty value');
}

async function keepsEveryByte(context: TestContext): Promise<void> {
  const engine = await context.open();
  const every = Uint8Array.from({ length: 256 }, (_, i) => i);
  const texts = [
    '0',
    'null',
    '\0',
    '\0\0',
    ' ',
    'a ',
    'a\0',
    '\0a',
    '\xff',
    '\xc3\x28',
    '\r\n',
    '\\x41',
    "'; --",
    '{"type":"Buffer"}',
    '1e3',
  ];
  const values = [every, every.toReversed(), ...texts.map(bytes)];
  const entries = values.map((value, i): Entry => [bytes(`key ${String(i).padStart(2, '0')}`), value]);
  await engine.write({ puts: entries });
  expectEntries(await read(engine), entries, 'a scan');
  const got = await engine.get(entries.map(([key]) => key));
  entries.forEach(([, value], i) => expectBytes(got[i], value, `get of value ${i}`));
}

async function keepsEveryLength(context: TestContext): Promise<void> {
  const engine = await context.open();
  const entries = LENGTHS.map((length, i): Entry => [bytes(`key ${String(i).padStart(2, '0')}`), noise(length, length)]);
  for (const entry of entries) await engine.write({ puts: [entry] });
  for (const [key, value] of entries) expectBytes(await getOne(engine, key), value, `get of a value of ${value.length} bytes`);
  expectEntries(await walk(engine, EVERYTHING, { limit: 100, maxBytes: 64 * KIB }), entries, 'a scan');
}

async function replaces(context: TestContext): Promise<void> {
  const engine = await context.open();
  for (const length of [10, 100_000, 3, MIB, 1, 0, 70_000]) {
    const value = noise(length, length + 1);
    await engine.write({ puts: [[KEY, value]] });
    expectBytes(await getOne(engine, KEY), value, `get after a value of ${length} bytes replaced another`);
  }
  assert.lengthOf(await read(engine), 1, 'entries after one key was written many times');
}

async function keepsEqualValues(context: TestContext): Promise<void> {
  const engine = await context.open();
  const entries = Array.from({ length: 50 }, (_, i): Entry => [Uint8Array.of(i), bytes('the same')]);
  await engine.write({ puts: entries });
  await engine.write({ puts: entries });
  expectEntries(await read(engine), entries, 'a scan of equal values, written twice');
}

export const VALUES: Area = {
  name: 'values',
  title: 'Values, from empty to 4 MiB',
  tests: [
    promise('tells an empty value from an absent one', 'emptyValue', tellsEmptyFromAbsent),
    promise('keeps every byte of a value', 'values', keepsEveryByte),
    promise('keeps values of every length up to 4 MiB', 'values', keepsEveryLength),
    promise('replaces a value whole, by a shorter and by a longer one', 'values', replaces),
    promise('keeps equal values under many keys', 'values', keepsEqualValues),
  ],
};
