import fc from 'fast-check';
import { bytes, compareBytes } from './bytes.js';

const LONGEST = 2_600;

const hex = (text: string): Uint8Array => Buffer.from(text, 'hex');
const repeated = (byte: number, length: number): Uint8Array => Buffer.alloc(length, byte);

/** Keys that engines are known to get wrong, each once, in order. */
export const ADVERSARIAL_KEYS: readonly Uint8Array[] = [
  ...['00', '0000', '000000', '0001', '00ff', '01', '0100', '20', '2020', '0a', '0d0a', '09', '1a', '7f', '80', '8000', '81'],
  ...['fe', 'feff', 'ff', 'ff00', 'ff01', 'ffff', 'ffffff', 'fffffffffffffffe', 'ffffffffffffffff'],
  // Invalid UTF-8, a surrogate, an over-long zero, U+FFFF and U+10000, the replacement character.
  ...['c3', 'c3a4', 'e4', '61cc88', 'c080', 'eda080', 'efbfbd', 'efbfbf', 'f0908080', 'f8888080', 'c328'],
]
  .map(hex)
  .concat(
    ['a', 'a\0', 'a\0\0', 'a\0b', 'a ', 'a  ', 'a b', 'A', 'Aa', 'aA', 'AA', 'aa', 'ab', 'B', 'b', 'Z', 'z', '_', '-'].map(bytes),
    ['1', '10', '2', '9', '-1', '+1', '01', '1e1', '%', '%a', "'", '"', '`', '\\', '\\0', '\\x00', 'NULL', '$1', '?'].map(bytes),
    [0x00, 0x20, 0x61, 0xff].map((byte) => repeated(byte, LONGEST)),
    [0x00, 0x61, 0xff].map((byte) => repeated(byte, LONGEST - 1)),
    [255, 256, 767, 768, 1_024, 2_048].map((length) => repeated(0x62, length)),
  )
  .sort(compareBytes);

/** Random keys: short ones over few bytes, so that they are prefixes of each other, and some of any bytes and length. */
export const anyKey: fc.Arbitrary<Uint8Array> = fc
  .oneof(
    {
      weight: 6,
      arbitrary: fc.array(fc.constantFrom(0x00, 0x01, 0x20, 0x41, 0x61, 0x7f, 0x80, 0xff), { minLength: 1, maxLength: 4 }),
    },
    { weight: 3, arbitrary: fc.array(fc.nat(255), { minLength: 1, maxLength: 40, size: 'max' }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.nat(255), fc.integer({ min: 1, max: LONGEST }))
        .map(([byte, length]) => Array<number>(length).fill(byte)),
    },
  )
  .map((numbers) => Uint8Array.from(numbers));

/** Distinct keys, in order. */
export function randomKeys(count: number, seed: number): Uint8Array[] {
  const found = new Map<string, Uint8Array>();
  for (const key of fc.sample(anyKey, { seed, numRuns: count })) found.set(Buffer.from(key).toString('latin1'), key);
  return [...found.values()].sort(compareBytes);
}

/** Integers from the seed. */
export function randomIntegers(count: number, min: number, max: number, seed: number): number[] {
  return fc.sample(fc.noBias(fc.integer({ min, max })), { seed, numRuns: count });
}
