import { expect } from 'chai';
import { KeyIndex } from '../../dist/catalog/key-index.js';
import { SEED, withSeed } from '../support/random.js';

const find = (starts: readonly string[], key: string): string => starts.findLast((start) => start <= key)!;

describe(`the index of ranges (PANDA_SEED=${SEED})`, () => {
  it('finds what a search of the sorted list finds, however the keys begin, also after changes', async () => {
    await withSeed(async (random) => {
      const pick = (below: number): number => Math.floor(random() * below);
      const piece = (): string => ['', 'a', 'user/', 'user/0000', '\0', '\xff\xff', String(pick(5_000))][pick(7)]!;
      const key = (): string => piece() + piece() + String(pick(50)) + piece();
      const sorted = (count: number): string[] => ['', ...new Set(Array.from({ length: count }, key))].sort();
      for (const count of [1, 3, 400, 3_000, 70_000]) {
        let starts = [...new Set(sorted(count))];
        const index = new KeyIndex(starts, (start) => start);
        for (let round = 0; round < 20; round++) {
          for (let i = 0; i < 50; i++) {
            const wanted = key();
            expect(index.find(wanted)).to.equal(find(starts, wanted));
            expect(index.before(wanted)).to.equal(starts.findLast((start) => start < wanted) ?? '');
          }
          expect(index.before(undefined)).to.equal(starts.at(-1));
          const from = find(starts, key());
          const till = pick(10) === 0 ? undefined : starts.find((start) => start > from && random() < 0.3);
          const inside = sorted(pick(600)).filter((start) => start > from && (till === undefined || start < till));
          index.replace(from, till, [from, ...inside]);
          starts = [...starts.filter((s) => s < from), from, ...inside, ...starts.filter((s) => till !== undefined && s >= till)];
        }
        expect([...index.from('')]).to.deep.equal(starts);
        const middle = key();
        expect([...index.from(middle)]).to.deep.equal(starts.slice(starts.indexOf(find(starts, middle))));
      }
    });
  }).timeout(120_000);
});
