import { Double, Float, Uuid, Versionstamp, type Tuple, type TupleElement } from '@pandakv/keys';
import fc from 'fast-check';

/** Zero and 0xff bytes are where escaping goes wrong, so they come often. */
const bytes = fc.uint8Array({ maxLength: 6 }).map((all) => all.map((byte) => (byte < 64 ? 0 : byte > 192 ? 0xff : byte)));

const string = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({ unit: fc.constantFrom('\0', 'a', '\uffff', '\u{10000}'), maxLength: 4 }),
);

/** Integers next to where their encoding becomes a byte longer come often. */
const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n }),
  fc
    .record({ bits: fc.integer({ min: 0, max: 80 }), off: fc.bigInt({ min: -2n, max: 2n }), sign: fc.constantFrom(1n, -1n) })
    .map(({ bits, off, sign }) => sign * (2n ** BigInt(bits) + off)),
);

const element: fc.Arbitrary<TupleElement> = fc.letrec<{ element: TupleElement }>((tie) => ({
  element: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    integer,
    fc.constant(null),
    fc.boolean(),
    string,
    bytes,
    fc.double().map((value) => new Double(value)),
    fc.float().map((value) => new Float(value)),
    fc.uint8Array({ minLength: 16, maxLength: 16 }).map((value) => new Uuid(value)),
    fc
      .uint8Array({ minLength: 12, maxLength: 12 })
      .map((value) => new Versionstamp(value))
      .filter(({ isComplete }) => isComplete),
    fc.array(tie('element'), { maxLength: 3 }),
  ),
})).element;

export const randomTuple: fc.Arbitrary<Tuple> = fc.array(element, { maxLength: 4 });

/** Of few values, so that two are often alike, or begin alike. */
export const alikeTuple: fc.Arbitrary<Tuple> = fc.array(
  fc.oneof(
    fc.constantFrom<TupleElement>(
      null,
      0,
      1,
      -1,
      255,
      256,
      -256,
      2n ** 64n,
      -(2n ** 64n),
      '',
      'a',
      '\0',
      'a\0',
      [],
      [null],
      [[]],
    ),
    fc.constantFrom<TupleElement>(new Uint8Array(), new Uint8Array([0]), new Uint8Array([0, 0xff]), [null, null], ['a'], [0]),
    fc.constantFrom<TupleElement>(new Double(-0), new Double(0), new Float(0), new Double(NaN), true, false),
  ),
  { maxLength: 4 },
);
