import type { Engine, Entry } from '@pandakv/core/engine';
import { promise, type Area } from '../conformance-test.js';
import { byKey, bytes, compareBytes } from '../support/bytes.js';
import { expectBytes, expectEntries, expectKeys } from '../support/expectations.js';
import { fill, read } from '../support/reading.js';
import { ADVERSARIAL_KEYS, randomKeys } from '../support/test-keys.js';
import type { TestContext } from '../test-context.js';

/** Every key has a value of its own, so that keys that the engine takes for one show. */
function withValues(keys: readonly Uint8Array[]): Entry[] {
  return keys.map((key, i): Entry => [key, bytes(`value ${i}`)]);
}

/** Writes the keys in another order than theirs, and finds each of them by `get` and in both directions of `scan`. */
async function keepsAndOrders(engine: Engine, keys: readonly Uint8Array[]): Promise<void> {
  const entries = withValues(keys);
  // Every seventh, then the next: a spread that is the same in every run.
  const mixed = entries.map((entry, i) => [(i * 7) % 11, entry] as const).sort(([a], [b]) => a - b);
  await fill(
    engine,
    mixed.map(([, entry]) => entry),
  );
  const values = await engine.get(keys);
  entries.forEach(([key, value], i) =>
    expectBytes(values[i], value, `get of the key ${Buffer.from(key).toString('hex').slice(0, 60)}`),
  );
  const sorted = [...entries].sort(byKey);
  expectEntries(await read(engine), sorted, 'a scan of all keys');
  expectEntries(await read(engine, undefined, true), sorted.reverse(), 'a reverse scan of all keys');
}

const keeps = (keys: readonly Uint8Array[]) => async (context: TestContext) => keepsAndOrders(await context.open(), keys);

const texts = (...keys: string[]): Uint8Array[] => keys.map((key) => Buffer.from(key, 'utf8'));
const codes = (...keys: string[]): Uint8Array[] => keys.map((key) => Buffer.from(key, 'hex'));

const longest = (last: number): Uint8Array => {
  const key = Buffer.alloc(2_600, 'k');
  key[2_599] = last;
  return key;
};

async function scansFromEveryKey(context: TestContext): Promise<void> {
  const engine = await context.open();
  await fill(engine, withValues(ADVERSARIAL_KEYS));
  for (const [i, start] of ADVERSARIAL_KEYS.entries()) {
    const end = ADVERSARIAL_KEYS[i + 3];
    expectKeys(await read(engine, { start, end }), ADVERSARIAL_KEYS.slice(i, i + 3), `a scan between the keys ${i} and ${i + 3}`);
  }
}

export const KEYS: Area = {
  name: 'keys',
  title: 'Byte order and binary safety of keys',
  tests: [
    promise('orders keys by unsigned bytes', 'order', keeps(codes('00', '01', '7f', '80', '81', 'fe', 'ff', '7fff', '8000'))),
    promise('orders letters by their bytes, not as words', 'order', keeps(texts('B', 'a', 'Z', 'b', '_', 'aB', 'Ab', '10', '9'))),
    promise(
      'orders UTF-8 text by its bytes, not by UTF-16 units',
      'order',
      keeps(codes('efbfbf', 'f0908080', 'ee8080', 'f09f98bc')),
    ),
    promise('puts a key before every key that it begins', 'order', keeps(texts('a', 'ab', 'aba', 'a\0', 'abab', 'abb', 'b'))),
    promise(
      'tells keys apart that differ only in case or accent',
      'keyIdentity',
      keeps(texts('key', 'KEY', 'Key', 'kEy', 'e', 'é', 'e\u0301', 'E', 'É', 'ß', 'ss', 'SS', 'ı', 'i', 'İ', 'ａ')),
    ),
    promise('keeps trailing zeros of keys', 'keyIdentity', keeps(codes('61', '6100', '610000', '00', '0000', '000000'))),
    promise('keeps trailing spaces of keys', 'keyIdentity', keeps(texts('a', 'a ', 'a  ', ' ', '  ', 'a\t', 'a\n'))),
    promise(
      'keeps keys that are not valid UTF-8',
      'keyIdentity',
      keeps(codes('c3', 'c328', 'e4', 'ff', 'fe', 'eda080', 'eda081', 'c080', 'efbfbd', '80', '81', 'f8888080')),
    ),
    promise(
      'keeps every key of one byte, and pairs of bytes',
      'keyIdentity',
      keeps(Array.from({ length: 256 }, (_, i) => [Uint8Array.of(i), Uint8Array.of(i, 255 - i)]).flat()),
    ),
    promise(
      'keeps keys of 2,600 bytes that differ in the last one',
      'keyIdentity',
      keeps([longest(0x00), longest(0x01), longest(0x20), longest(0xff), longest(0x6b).subarray(0, 2_599)]),
    ),
    promise('keeps and orders adversarial keys', 'order', keeps(ADVERSARIAL_KEYS)),
    promise('finds every adversarial key as the start and the end of a range', 'bounds', scansFromEveryKey),
    promise('keeps and orders random keys', 'order', async (context) =>
      keepsAndOrders(
        await context.open(),
        randomKeys(context.times(1_000), context.seed).sort((a, b) => compareBytes(b, a)),
      ),
    ),
  ],
};
