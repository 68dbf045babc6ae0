import { Double, Float, pack, packIncomplete, unpack, Uuid, Versionstamp, type Tuple } from '@pandakv/keys';
import { PandaError } from '@pandakv/core';
import { expect } from 'chai';
import { canonical } from './support/canonical.js';

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const b = (...bytes: number[]) => new Uint8Array(bytes);

/** @see https://github.com/apple/foundationdb/blob/main/design/tuple.md */
const OF_THE_SPECIFICATION: readonly [Tuple, string][] = [
  [[Buffer.from('foo\0bar')], '01 666f6f 00ff 626172 00'],
  [['F\u00d4O\u0000bar'], '02 46c3944f 00ff 626172 00'],
  [[[Buffer.from('foo\0bar'), null, []]], '05 01 666f6f 00ff 626172 00 00ff 05 00 00'],
  [[-5551212], '11 ab4b93'],
  [[new Float(-42)], '20 3dd7ffff'],
];

/** What the Java binding is tested with: `TupleSerializationTest` of FoundationDB. */
const OF_THE_JAVA_BINDING: readonly [Tuple, string][] = [
  [[], ''],
  [[0], '14'],
  [[0n], '14'],
  [[1], '15 01'],
  [[1n], '15 01'],
  [[-1], '13 fe'],
  [[-1n], '13 fe'],
  [[255], '15 ff'],
  [[-255], '13 00'],
  [[256], '16 0100'],
  [[256n], '16 0100'],
  [[-256], '12 feff'],
  [[-256n], '12 feff'],
  [[65536], '17 010000'],
  [[-65536], '11 feffff'],
  [[2n ** 63n - 1n], '1c 7fffffffffffffff'],
  [[2n ** 63n], '1c 8000000000000000'],
  [[2n ** 64n - 1n], '1c ffffffffffffffff'],
  [[2n ** 64n], '1d 09 010000000000000000'],
  [[-(2 ** 32 - 1)], '10 00000000'],
  [[-(2n ** 32n) + 1n], '10 00000000'],
  [[-(2n ** 63n) + 2n], '0c 8000000000000001'],
  [[-(2n ** 63n) + 1n], '0c 8000000000000000'],
  [[-(2n ** 63n)], '0c 7fffffffffffffff'],
  [[-(2n ** 63n) - 1n], '0c 7ffffffffffffffe'],
  [[-(2n ** 64n) + 1n], '0c 0000000000000000'],
  [[new Float(3.14)], '20 c048f5c3'],
  [[new Float(-3.14)], '20 3fb70a3c'],
  [[new Double(3.14)], '21 c0091eb851eb851f'],
  [[new Double(-3.14)], '21 3ff6e147ae147ae0'],
  [[new Float(0)], '20 80000000'],
  [[new Float(-0)], '20 7fffffff'],
  [[new Double(0)], '21 8000000000000000'],
  [[new Double(-0)], '21 7fffffffffffffff'],
  [[new Float(Infinity)], '20 ff800000'],
  [[new Float(-Infinity)], '20 007fffff'],
  [[new Double(Infinity)], '21 fff0000000000000'],
  [[new Double(-Infinity)], '21 000fffffffffffff'],
  [[b()], '01 00'],
  [[b(1, 2, 3)], '01 010203 00'],
  [[b(0, 0, 0, 4)], '01 00ff00ff00ff04 00'],
  [[''], '02 00'],
  [['hello'], '02 68656c6c6f 00'],
  [['\u4e2d\u6587'], '02 e4b8ade69687 00'],
  [['\u03bc\u03ac\u03b8\u03b7\u03bc\u03b1'], '02 cebcceacceb8ceb7cebcceb1 00'],
  [['\u{1f525}'], '02 f09f94a5 00'],
  [['\ud83e\udd6f'], '02 f09fa5af 00'],
  [['\u{1f9a5}'], '02 f09fa6a5 00'],
  [['\u{10ffff}'], '02 f48fbfbf 00'],
  [[[null]], '05 00ff 00'],
  [[[null, 'hello']], '05 00ff 02 68656c6c6f 00 00'],
  [[[null, 'hell\0']], '05 00ff 02 68656c6c 00ff 00 00'],
  [[[null], 'hello'], '05 00ff 00 02 68656c6c6f 00'],
  [[[null], 'hello', b(1, 0), b()], '05 00ff 00 02 68656c6c6f 00 01 01 00ff 00 01 00'],
  [[new Uuid('ffffffff-ba5e-ba11-0000-00005ca1ab1e')], '30 ffffffffba5eba11000000005ca1ab1e'],
  [[false], '26'],
  [[true], '27'],
  [[0x3019], '16 3019'],
  [[Versionstamp.of(bytesOf('aabbccddeeff00010203'))], '33 aabbccddeeff00010203 0000'],
  [[Versionstamp.of(bytesOf('0102030405060708090a'), 657)], '33 0102030405060708090a 0291'],
];

/** What the Java binding must refuse: `TuplePackingTest` of FoundationDB. */
const DAMAGED: readonly [string, string][] = [
  ['bytes without an end', '01 deadc0de'],
  ['bytes without an end, with an escape', '01 dead 00ff c0de'],
  ['a string without an end', '02 68656c6c6f'],
  ['a string without an end, with an escape', '02 68656c 00ff 6c6f'],
  ['UTF-8 that begins wrong', '02 75746608 80 00'],
  ['UTF-8 that goes on wrong', '02 75746608 c001 00'],
  ['a high surrogate', '02 75746610 eda0bd 00'],
  ['a low surrogate', '02 75746610 edb4a5 00'],
  ['a pair of surrogates', '02 75746610 eda0bdedb4a5 00'],
  ['a nested tuple without an end', '05 02 68656c6c6f 00'],
  ['a nested tuple without an end, with a null', '05 02 68656c6c6f 00 00ff 02 7468657265 00'],
  ['a cut positive integer', '16 01'],
  ['a cut negative integer', '12 01'],
  ['a cut long positive integer', '1d 09 0102030405060708'],
  ['a cut long negative integer', '0b f6 0102030405060708'],
  ['a cut float', '20 010203'],
  ['a cut double', '21 01020304050607'],
  ['a cut UUID', '30 0102030405060708090a0b0c0d0e'],
  ['a cut versionstamp', '33 0102030405060708090a0b'],
  ['an unknown type', 'ff'],
];

/** Bytes that only another encoder could make: they would be a second key of the same tuple. */
const NOT_CANONICAL: readonly [string, string][] = [
  ['an integer that begins with a zero', '16 0001'],
  ['a negative integer that begins with a zero', '12 fffe'],
  ['a short integer in the long form', '1d 01 05'],
];

describe('Tuples and FoundationDB', () => {
  for (const [tuple, hex] of [...OF_THE_SPECIFICATION, ...OF_THE_JAVA_BINDING]) {
    it(`agree on ${hex === '' ? 'the empty tuple' : hex}`, () => {
      expect(hexOf(pack(tuple))).to.equal(hexOf(bytesOf(hex)));
      expect(canonical(unpack(bytesOf(hex)))).to.deep.equal(canonical(tuple));
    });
  }

  it('agree that every NaN is one', () => {
    for (const hex of ['20 ffffffff', '20 00000000', '21 ffffffffffffffff', '21 0000000000000000']) {
      const [nan] = unpack(bytesOf(hex));
      expect((nan as Double | Float).value).to.be.NaN;
    }
  });

  it('agree on where a commit writes its stamp, whatever comes before', () => {
    const { key, offset } = packIncomplete(['a', [Versionstamp.incomplete(1)], 'z'], b(9, 9));
    expect(hexOf(key)).to.equal(hexOf(bytesOf('0909 026100 05 33 ffffffffffffffffffff 0001 00 027a00')));
    expect(offset).to.equal(7);
    const stamp = bytesOf('0102030405060708090a');
    Buffer.from(key.buffer, key.byteOffset).set(stamp, offset);
    expect(canonical(unpack(key.subarray(2)))).to.deep.equal(canonical(['a', [Versionstamp.of(stamp, 1)], 'z']));
  });

  for (const [what, hex] of [...DAMAGED, ...NOT_CANONICAL]) {
    it(`refuse ${what}`, () => {
      expect(() => unpack(bytesOf(hex)))
        .to.throw()
        .that.satisfies((error: unknown) => PandaError.is(error, 'InvalidArgument'));
    });
  }
});
