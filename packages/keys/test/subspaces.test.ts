import { PandaError } from '@pandakv/core';
import { pack, Subspace, Versionstamp, type Tuple } from '@pandakv/keys';
import { expect } from 'chai';
import fc from 'fast-check';
import { canonical } from './support/canonical.js';
import { alikeTuple } from './support/random-tuple.js';
import { SEED } from './support/random.js';

const within = (key: Uint8Array, { start, end }: { start?: unknown; end?: unknown }) =>
  Buffer.compare(key, start as Uint8Array) >= 0 && Buffer.compare(key, end as Uint8Array) < 0;

describe(`Subspaces (PANDA_SEED=${SEED})`, () => {
  it('hold the tuples that go on from theirs, and give back the rest', () => {
    fc.assert(
      fc.property(alikeTuple, alikeTuple, (start, rest) => {
        const subspace = new Subspace(start);
        const key = subspace.pack(rest);
        expect(Buffer.compare(key, pack([...start, ...rest]))).to.equal(0);
        expect(canonical(subspace.unpack(key))).to.deep.equal(canonical(rest));
        expect(Buffer.compare(new Subspace().at(...start).pack(rest), key)).to.equal(0);
        expect(
          Buffer.compare(new Subspace(start, Buffer.from('app')).start, Buffer.concat([Buffer.from('app'), pack(start)])),
        ).to.equal(0);
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  it('have ranges of just the tuples that begin alike and go on', () => {
    const beginsWith = (tuple: Tuple, start: Tuple) =>
      tuple.length > start.length && start.every((element, at) => Buffer.compare(pack([element]), pack([tuple[at]!])) === 0);
    fc.assert(
      fc.property(alikeTuple, alikeTuple, (start, tuple) => {
        expect(within(pack(tuple), new Subspace().range(start))).to.equal(beginsWith(tuple, start));
        expect(within(pack(tuple), new Subspace(start).range())).to.equal(beginsWith(tuple, start));
      }),
      { seed: SEED, numRuns: 3_000 },
    );
  });

  it('refuse keys of others', () => {
    const subspace = new Subspace(['a']);
    for (const key of [pack(['b', 1]), pack([]), Buffer.from('x')]) {
      expect(subspace.contains(key)).to.be.false;
      expect(() => subspace.unpack(key))
        .to.throw()
        .that.satisfies((error: unknown) => PandaError.is(error, 'InvalidArgument'));
    }
    expect(() => subspace.contains('a' as unknown as Uint8Array)).to.throw(TypeError);
  });

  it('tell where the stamp goes in a whole key', () => {
    const subspace = new Subspace(['log']);
    const { key, offset } = subspace.packIncomplete([Versionstamp.incomplete(3)]);
    expect(offset).to.equal(subspace.start.length + 1);
    expect(subspace.contains(key)).to.be.true;
  });
});
