import { Double, Float, pack, packIncomplete, unpack, Uuid, Versionstamp, type Tuple, type TupleElement } from '@pandakv/keys';
import { PandaError } from '@pandakv/core';
import { expect } from 'chai';
import fc from 'fast-check';
import * as foundationdb from 'fdb-tuple';
import { canonical } from './support/canonical.js';
import { compareTuples } from './support/order.js';
import { alikeTuple, randomTuple } from './support/random-tuple.js';
import { SEED } from './support/random.js';

const runs = { seed: SEED, numRuns: 2_000 };
const isRefusal = (error: unknown) => PandaError.is(error, 'InvalidArgument');

/** An element as the Node binding of FoundationDB takes it. */
function ofBinding(element: TupleElement): foundationdb.TupleItem {
  if (element instanceof Uint8Array) return Buffer.from(element);
  if (element instanceof Double) return { type: 'double', value: element.value };
  if (element instanceof Float) return { type: 'float', value: element.value };
  if (element instanceof Uuid) return { type: 'uuid', value: Buffer.from(element.bytes) };
  if (element instanceof Versionstamp) return { type: 'versionstamp', value: Buffer.from(element.bytes) };
  if (Array.isArray(element)) return (element as Tuple).map(ofBinding);
  // The binding makes a double of -0.
  return Object.is(element, -0) ? 0 : (element as Exclude<TupleElement, Tuple | object>);
}

describe(`Tuples (PANDA_SEED=${SEED})`, () => {
  it('come back as they were packed', () => {
    fc.assert(
      fc.property(randomTuple, (tuple) => {
        expect(canonical(unpack(pack(tuple)))).to.deep.equal(canonical(tuple));
      }),
      runs,
    );
  });

  it('sort as their bytes do: element by element, and a tuple before its extensions', () => {
    const pair = fc.oneof(fc.tuple(alikeTuple, alikeTuple), fc.tuple(randomTuple, randomTuple));
    fc.assert(
      fc.property(pair, ([a, b]) => {
        expect(Buffer.compare(pack(a), pack(b))).to.equal(compareTuples(a, b));
      }),
      { ...runs, numRuns: 6_000 },
    );
  });

  it("are the bytes that FoundationDB's Node binding makes", () => {
    fc.assert(
      fc.property(randomTuple, (tuple) => {
        expect(Buffer.from(pack(tuple)).toString('hex')).to.equal(foundationdb.pack(tuple.map(ofBinding)).toString('hex'));
      }),
      runs,
    );
  });

  it('of any bytes are refused, or are what makes these bytes', () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.tuple(randomTuple, fc.nat(), fc.nat(255)).map(([tuple, at, byte]) => {
        const damaged = Buffer.from(pack([...tuple, null]));
        damaged[at % damaged.length] = byte;
        return damaged;
      }),
    );
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const tuple = unpacked(bytes);
        // Only NaN has several encodings, and packs to one of them.
        if (tuple === undefined || JSON.stringify(canonical(tuple)).includes('NaN')) return;
        const again = isIncomplete(tuple) ? undefined : pack(tuple);
        if (again !== undefined) expect(Buffer.compare(again, bytes)).to.equal(0);
      }),
      runs,
    );
  });

  it('refuse what they cannot hold, and say why', () => {
    const wrong: readonly unknown[] = [undefined, {}, new Date(0), Symbol('s'), () => 0, 0.5, NaN, Infinity, 2 ** 53, new Map()];
    for (const element of wrong) expect(() => pack([element as TupleElement])).to.throw(TypeError);
    expect(() => pack(['a', 0.5])).to.throw(/Double/);
    expect(() => pack([2 ** 53])).to.throw(/bigint/);
    expect(() => pack(new Array<TupleElement>(2))).to.throw(TypeError);
    expect(() => pack('a' as unknown as Tuple)).to.throw(TypeError);
    expect(() => unpack('a' as unknown as Uint8Array)).to.throw(TypeError);
    expect(() => new Double('1' as unknown as number)).to.throw(TypeError);
    expect(() => new Float('1' as unknown as number)).to.throw(TypeError);
    for (const tuple of [['\ud800'], [2n ** 2040n], [Versionstamp.incomplete()]] as Tuple[]) {
      expect(() => pack(tuple))
        .to.throw()
        .that.satisfies(isRefusal);
    }
    for (const uuid of ['', 'zz', 'ffffffffba5eba11000000005ca1ab1e', new Uint8Array(15)]) {
      expect(() => new Uuid(uuid))
        .to.throw()
        .that.satisfies(isRefusal);
    }
    expect(() => new Versionstamp(new Uint8Array(10)))
      .to.throw()
      .that.satisfies(isRefusal);
    expect(() => Versionstamp.incomplete(65_536))
      .to.throw()
      .that.satisfies(isRefusal);
    for (const tuple of [['a'], [Versionstamp.incomplete(), [Versionstamp.incomplete()]]]) {
      expect(() => packIncomplete(tuple))
        .to.throw()
        .that.satisfies(isRefusal);
    }
  });

  it('of integers of 255 bytes are the greatest, and come back', () => {
    const greatest = 2n ** 2040n - 1n;
    expect(unpack(pack([greatest, -greatest]))).to.deep.equal([greatest, -greatest]);
    expect(Buffer.compare(pack([greatest]), pack([greatest - 1n]))).to.equal(1);
    expect(Buffer.compare(pack([-greatest]), pack([-greatest + 1n]))).to.equal(-1);
  });

  it('nested without an end are refused, and do not exhaust the stack', () => {
    const nested = (depth: number): Tuple => (depth === 0 ? [] : [nested(depth - 1)]);
    expect(unpack(pack(nested(100)))).to.deep.equal(nested(100));
    expect(() => pack(nested(101)))
      .to.throw()
      .that.satisfies(isRefusal);
    expect(() => unpack(Buffer.alloc(1_000_000, 0x05)))
      .to.throw()
      .that.satisfies(isRefusal);
  });

  it('do not change when what they were made of does', () => {
    const [ofUuid, ofStamp] = [Buffer.alloc(16, 1), Buffer.alloc(12, 1)];
    const [uuid, stamp] = [new Uuid(ofUuid), new Versionstamp(ofStamp)];
    for (const bytes of [ofUuid, ofStamp, uuid.bytes, stamp.bytes]) bytes.fill(2);
    expect([uuid.bytes[0], stamp.bytes[0]]).to.deep.equal([1, 1]);
    const packed = pack([new Uint8Array([7])]);
    const [element] = unpack(packed);
    packed.fill(0);
    expect(element).to.deep.equal(new Uint8Array([7]));
  });
});

function unpacked(bytes: Uint8Array): Tuple | undefined {
  try {
    return unpack(bytes);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

function isIncomplete(tuple: Tuple): boolean {
  return tuple.some((element) =>
    element instanceof Versionstamp ? !element.isComplete : Array.isArray(element) && isIncomplete(element as Tuple),
  );
}
