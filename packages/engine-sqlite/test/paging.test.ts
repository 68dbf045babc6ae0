import type { Engine, Entry, KeyRange } from '@pandakv/core/engine';
import { expect } from 'chai';
import fc from 'fast-check';
import { cleanUp, EVERYTHING, hexRows, TARGETS } from './support.js';

const key = fc
  .uint8Array({ minLength: 1, maxLength: 4 })
  .map((bytes) => bytes.map((byte) => [0, 1, 0x61, 0x80, 0xff][byte % 5]!));
const value = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc.integer({ min: 400, max: 700 }).map((length) => new Uint8Array(length).fill(1)),
);
const rows = fc.uniqueArray(fc.tuple(key, value), { selector: ([bytes]) => Buffer.from(bytes).toString('hex'), maxLength: 40 });
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

async function replaceAll(engine: Engine, puts: readonly Entry[]): Promise<void> {
  await engine.write({ deleteRanges: [EVERYTHING], puts });
}

for (const target of TARGETS) {
  describe(`Paging over ${target.name}`, () => {
    afterEach(cleanUp);

    it('ends every page where limit and budget say, with exactly the rest left, in both directions', async () => {
      const engine = await target.open();
      const property = fc.asyncProperty(
        rows,
        fc.array(fc.tuple(range, options), { minLength: 8, maxLength: 8 }),
        async (all, scans) => {
          await replaceAll(engine, all);
          for (const [whole, page] of scans) {
            const left = all.filter((row) => within(whole, row)).sort(compare);
            if (page.reverse === true) left.reverse();
            let next: KeyRange | undefined = whole;
            while (next !== undefined) {
              const found: { entries: readonly Entry[]; rest?: KeyRange | undefined } = await engine.scan(next, page);
              let bytes = 0;
              let count = 0;
              while (count < left.length && count < page.limit && (count === 0 || bytes < page.maxBytes))
                bytes += size(left[count++]!);
              expect(hexRows(found.entries)).to.deep.equal(hexRows(left.splice(0, count)));
              next = found.rest;
              expect(next === undefined).to.equal(left.length === 0);
              if (next !== undefined) {
                const rest = next;
                expect(all.filter((row) => within(rest, row))).to.have.length(left.length);
              }
            }
          }
        },
      );
      await fc.assert(property, { numRuns: 60 });
    });

    it('pages through more than one chunk of the database, and through values larger than any budget', async () => {
      const engine = await target.open();
      const small = Array.from({ length: 5_000 }, (_, i) => [Buffer.from(`a${10_000 + i}`), Buffer.alloc(100, i)] as const);
      const large = Array.from({ length: 5 }, (_, i) => [Buffer.from(`b${i}`), Buffer.alloc(3 * 1024 * 1024, i)] as const);
      await engine.write({ puts: [...small, ...large] });
      for (const reverse of [false, true]) {
        for (const page of [{ limit: 4_999 }, { limit: 5_000 }, { maxBytes: 1 }, { maxBytes: 12 * 1024 * 1024 }, {}]) {
          const entries: Entry[] = [];
          let next: KeyRange | undefined =
            'maxBytes' in page && page.maxBytes === 1 ? { start: Buffer.from('a14990') } : EVERYTHING;
          const expected = [...small, ...large].filter((row) => within(next!, row));
          while (next !== undefined) {
            const found: { entries: readonly Entry[]; rest?: KeyRange | undefined } = await engine.scan(next, {
              limit: Infinity,
              maxBytes: Infinity,
              reverse,
              ...page,
            });
            if ('limit' in page) expect(found.entries).to.have.length(Math.min(page.limit, expected.length - entries.length));
            entries.push(...found.entries);
            next = found.rest;
          }
          if (reverse) entries.reverse();
          expect(entries.length).to.equal(expected.length);
          expect(entries.every(([key, value], i) => isSame(key, expected[i]![0]) && isSame(value, expected[i]![1]))).to.equal(
            true,
          );
        }
      }
    });
  });
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
