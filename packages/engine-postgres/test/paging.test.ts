import type { Engine, EngineScanPage, Entry, KeyRange } from '@pandakv/core/engine';
import { expect } from 'chai';
import fc from 'fast-check';
import { bytes, cleanUp, EVERYTHING, hexRows, openNew, seedOf } from './support.js';

const key = fc
  .uint8Array({ minLength: 1, maxLength: 4 })
  .map((bytes) => bytes.map((byte) => [0, 1, 0x61, 0x80, 0xff][byte % 5]!));
/** Large ones among them, for pages whose values the server leaves out. */
const value = fc.oneof(
  { weight: 10, arbitrary: fc.uint8Array({ maxLength: 12 }) },
  { weight: 5, arbitrary: fc.integer({ min: 400, max: 700 }).map((length) => new Uint8Array(length).fill(1)) },
  { weight: 1, arbitrary: fc.integer({ min: 10_000, max: 200_000 }).map((length) => new Uint8Array(length).fill(2)) },
);
const rows = fc.uniqueArray(fc.tuple(key, value), { selector: ([bytes]) => Buffer.from(bytes).toString('hex'), maxLength: 40 });
const bound = fc.oneof(fc.constant(new Uint8Array(0)), key);
const range: fc.Arbitrary<KeyRange> = fc.record({ start: bound, end: fc.option(bound, { nil: undefined }) });
const options = fc.record({
  limit: fc.oneof(fc.integer({ min: 1, max: 45 }), fc.constantFrom(Infinity, 1e300, 100_000)),
  maxBytes: fc.oneof(fc.double({ min: 0, max: 2_000, noNaN: true }), fc.constantFrom(Infinity, 1e300, 100_000)),
  reverse: fc.option(fc.boolean(), { nil: undefined }),
});

const compare = ([a]: Entry, [b]: Entry) => Buffer.compare(a, b);
const size = ([key, value]: Entry) => key.length + value.length;

function within({ start, end }: KeyRange, [key]: Entry): boolean {
  return Buffer.compare(key, start) >= 0 && (end === undefined || Buffer.compare(key, end) < 0);
}

describe('Paging', () => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await openNew();
  });
  afterEach(cleanUp);

  it('ends every page where limit and budget say, with exactly the rest left, in both directions', async function () {
    const scans = fc.array(fc.tuple(range, options), { minLength: 8, maxLength: 8 });
    const property = fc.asyncProperty(rows, scans, async (all, scans) => {
      await engine.write({ deleteRanges: [EVERYTHING], puts: all });
      for (const [whole, page] of scans) {
        const left = all.filter((row) => within(whole, row)).sort(compare);
        if (page.reverse === true) left.reverse();
        let next: KeyRange | undefined = whole;
        while (next !== undefined) {
          const found: EngineScanPage = await engine.scan(next, page);
          let bytes = 0;
          let count = 0;
          while (count < left.length && count < page.limit && (count === 0 || bytes < page.maxBytes))
            bytes += size(left[count++]!);
          expect(hexRows(found.entries)).to.deep.equal(hexRows(left.splice(0, count)));
          next = found.rest;
          expect(next === undefined).to.equal(left.length === 0);
          if (next !== undefined) expect(all.filter((row) => within(next!, row))).to.have.length(left.length);
        }
      }
    });
    await fc.assert(property, { numRuns: 50, seed: seedOf(this) });
  });

  it('brings little more than the budget, whatever the size of values', async () => {
    const large = Array.from({ length: 12 }, (_, i) => [bytes(`large${10 + i}`), Buffer.alloc(4 * 1024 * 1024, i)] as const);
    const small = Array.from({ length: 3_000 }, (_, i) => [bytes(`small${1_000 + i}`), Buffer.alloc(100, i)] as const);
    await engine.write({ puts: [...large, ...small] });
    for (const reverse of [false, true]) {
      for (const [start, end, least] of [
        ['large', 'm', 1],
        ['small', 't', 500],
        ['large15', 't', 1],
      ] as const) {
        const began = process.memoryUsage().arrayBuffers;
        const page = await engine.scan({ start: bytes(start), end: bytes(end) }, { limit: 1_000, maxBytes: 100_000, reverse });
        expect(page.entries.length).to.be.at.least(least).and.at.most(1_000);
        expect(process.memoryUsage().arrayBuffers - began).to.be.below(16 * 1024 * 1024);
      }
    }
  });
});
