import type { Entry, KeyRange } from '@pandakv/core/engine';
import { expect } from 'chai';
import fc from 'fast-check';
import { ALL, bytes, cleanUp, EVERYTHING, hexRows, KINDS, openNew, SEED } from './support.js';

const key = fc.uint8Array({ minLength: 1, maxLength: 4 }).map((each) => each.map((byte) => [0, 1, 0x61, 0x80, 0xff][byte % 5]!));
const value = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc.integer({ min: 400, max: 700 }).map((length) => new Uint8Array(length).fill(1)),
);
const rows = fc.uniqueArray(fc.tuple(key, value), { selector: ([each]) => Buffer.from(each).toString('hex'), maxLength: 40 });
const bound = fc.oneof(fc.constant(new Uint8Array(0)), key);
const range: fc.Arbitrary<KeyRange> = fc.record({ start: bound, end: fc.option(bound, { nil: undefined }) });
const options = fc.record({
  limit: fc.oneof(fc.integer({ min: 1, max: 45 }), fc.constant(Infinity)),
  maxBytes: fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.constant(Infinity)),
  reverse: fc.option(fc.boolean(), { nil: undefined }),
});

const compare = ([a]: Entry, [b]: Entry) => Buffer.compare(a, b);
const size = ([key, value]: Entry) => key.length + value.length;

function within({ start, end }: KeyRange, [key]: Entry): boolean {
  return Buffer.compare(key, start) >= 0 && (end === undefined || Buffer.compare(key, end) < 0);
}

for (const kind of KINDS) {
  describe(`Paging over ${kind}`, () => {
    afterEach(cleanUp);

    it(`ends every page where limit and budget say, with exactly the rest left, in both directions (seed ${SEED})`, async () => {
      const engine = await openNew(kind);
      const property = fc.asyncProperty(
        rows,
        fc.array(fc.tuple(range, options), { minLength: 6, maxLength: 6 }),
        async (all, scans) => {
          await engine.write({ deleteRanges: [EVERYTHING], puts: all });
          for (const [whole, page] of scans) {
            const left = all.filter((row) => within(whole, row)).sort(compare);
            if (page.reverse === true) left.reverse();
            let next: KeyRange | undefined = whole;
            while (next !== undefined) {
              const found: { entries: readonly Entry[]; rest?: KeyRange | undefined } = await engine.scan(next, page);
              let sum = 0;
              let count = 0;
              while (count < left.length && count < page.limit && (count === 0 || sum < page.maxBytes))
                sum += size(left[count++]!);
              expect(hexRows(found.entries)).to.deep.equal(hexRows(left.splice(0, count)));
              next = found.rest;
              expect(next === undefined).to.equal(left.length === 0);
            }
          }
        },
      );
      await fc.assert(property, { numRuns: 25, seed: SEED });
    });

    it('tells of the rows of a page while the rest is on its way', async () => {
      const engine = await openNew(kind);
      const all = Array.from({ length: 1_000 }, (_, i): Entry => [bytes(`k${10_000 + i}`), Buffer.alloc(100, i)]);
      await engine.write({ puts: all });
      const told: string[][][] = [];
      let whole: readonly Entry[] | undefined;
      const onEntries = (entries: readonly Entry[]): void => {
        told.push(hexRows(entries));
        whole = entries;
      };
      const page = await engine.scan(EVERYTHING, { ...ALL, limit: 900, onEntries });
      expect(page.entries).to.equal(whole);
      expect(told.length).to.be.above(1);
      for (const rows of told) expect(rows).to.deep.equal(hexRows(all.slice(0, rows.length)));
    });

    it('keeps to the budget when rows are suddenly much smaller or much larger than those before', async () => {
      const engine = await openNew(kind);
      const large = Array.from({ length: 40 }, (_, i) => [bytes(`a${100 + i}`), Buffer.alloc(200_000, i)] as const);
      const small = Array.from({ length: 5_000 }, (_, i) => [bytes(`b${10_000 + i}`), Buffer.alloc(20, i)] as const);
      const larger = Array.from({ length: 10 }, (_, i) => [bytes(`c${i}`), Buffer.alloc(2_000_000, i)] as const);
      const all = [...large, ...small, ...larger];
      await engine.write({ puts: all });
      for (const reverse of [false, true]) {
        for (const maxBytes of [100_000, 1_000_000, Infinity]) {
          const expected = reverse ? all.toReversed() : all;
          let at = 0;
          let next: KeyRange | undefined = EVERYTHING;
          while (next !== undefined) {
            const page: { entries: readonly Entry[]; rest?: KeyRange | undefined } = await engine.scan(next, {
              ...ALL,
              maxBytes,
              reverse,
            });
            const sum = page.entries.slice(0, -1).reduce((bytesSoFar, row) => bytesSoFar + size(row), 0);
            expect(sum).to.be.below(maxBytes);
            if (page.rest !== undefined) expect(sum + size(page.entries.at(-1)!)).to.be.at.least(maxBytes);
            for (const [key] of page.entries) expect(Buffer.compare(key, expected[at++]![0])).to.equal(0);
            next = page.rest;
          }
          expect(at).to.equal(all.length);
        }
      }
    });
  });
}
