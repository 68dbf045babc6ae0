import { expect } from 'chai';
import fc from 'fast-check';
import { AbsentSpans } from '../../dist/shard/absent-spans.js';
import { SEED } from '../support/random.js';

const ALPHABET = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
/** Every key of up to two letters: the whole keyspace of the model. */
const KEYS = ALPHABET.flatMap((a) => [a, ...ALPHABET.map((b) => a + b)]).sort();
const key = fc.constantFrom(...KEYS);

describe(`absent spans against a set of keys (PANDA_SEED=${SEED})`, () => {
  it('never call a key absent that was written, and trim only what is absent', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('write' as const), key }),
      fc.record({ kind: fc.constant('empty' as const), start: key, end: fc.option(key, { nil: undefined }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 6 }), key, key, (steps, spansMax, from, to) => {
        const spans = new AbsentSpans(spansMax);
        const present = new Set(KEYS);
        for (const one of steps) {
          if (one.kind === 'write') {
            present.add(one.key);
            spans.remove(one.key);
          } else {
            if (one.end !== undefined && one.end <= one.start) continue;
            for (const each of KEYS) if (each >= one.start && (one.end === undefined || each < one.end)) present.delete(each);
            spans.add({ start: one.start, end: one.end });
          }
          for (const each of KEYS) if (spans.has(each)) expect(present.has(each), each).to.equal(false);
        }
        const [start, end] = from < to ? [from, to] : [to, from];
        const trimmed = spans.trim({ start, end });
        const inside = (span: { start: string; end: string | undefined }) =>
          KEYS.filter((each) => present.has(each) && each >= span.start && (span.end === undefined || each < span.end));
        expect(inside(trimmed)).to.deep.equal(inside({ start, end }));
      }),
      { numRuns: 500 },
    );
  });

  it('know the whole keyspace of an empty shard, and again what was inserted and deleted', () => {
    const spans = new AbsentSpans(100);
    spans.add({ start: '', end: undefined });
    for (const each of KEYS) spans.remove(each);
    expect(KEYS.some((each) => spans.has(each))).to.equal(false);
    expect(spans.has('aaa')).to.equal(true);
    for (const each of KEYS) spans.add({ start: each, end: `${each}\0` });
    expect(spans.trim({ start: 'a', end: undefined })).to.deep.equal({ start: 'a', end: 'a' });
  });
});
