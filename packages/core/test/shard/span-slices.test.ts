import { expect } from 'chai';
import type { Engine } from '@pandakv/core/engine';
import { level } from '@pandakv/engine-level';
import { currentRowKey, historyRowKey } from '../../dist/rows/index.js';
import { slicesOf } from '../../dist/shard/span-slices.js';
import { SEED, seededRandom } from '../support/random.js';

const ALL = { start: '', end: undefined };
const VALUE = Buffer.alloc(50);

async function storeOf(rows: readonly Uint8Array[]): Promise<Engine> {
  const { plugin, options } = level({ memory: true });
  const engine = await plugin.open(options);
  await engine.write({ puts: rows.map((key) => [key, VALUE] as const), deletes: [], deleteRanges: [] });
  return engine;
}

describe(`slices of a span (PANDA_SEED=${SEED})`, () => {
  const random = seededRandom(SEED);
  /** Most keys lie close together behind a long common prefix, some far away. */
  const keys = [
    ...Array.from({ length: 900 }, () => `users/of/the/north/${Math.floor(random() * 1e6)}`),
    ...Array.from({ length: 100 }, () => String.fromCharCode(33 + Math.floor(random() * 200)) + random()),
    'k',
    'k\0',
  ];
  const current = [...new Set(keys)].map(currentRowKey);
  const total = current.reduce((sum, key) => sum + key.length + VALUE.length, 0);

  for (const isExact of [true, false]) {
    it(`cover it once and are about as large as wanted, ${isExact ? 'read' : 'by estimates, however the keys lie'}`, async () => {
      const engine = await storeOf(current);
      const slices = await slicesOf(engine, { span: ALL, sliceBytes: total / 20, isExact });
      expect(slices[0]!.start).to.equal('');
      const starts = slices.map(({ start }) => start);
      expect(starts).to.deep.equal([...new Set(starts)].sort((a, b) => (a < b ? -1 : 1)));
      expect(slices.length).to.be.within(18, 60);
      for (const { bytes } of slices) expect(bytes).to.be.at.most(1.3 * (total / 20));
      expect(slices.reduce((sum, { bytes }) => sum + bytes, 0)).to.be.closeTo(total, isExact ? 0 : 0.01 * total);
      await engine.close();
    });
  }

  it('count what is kept of earlier versions', async () => {
    const history = Array.from({ length: 500 }, (_, at) => historyRowKey('users/of/the/north/5', 1_000 + at));
    const engine = await storeOf([...current, ...history]);
    const slices = await slicesOf(engine, { span: ALL, sliceBytes: total / 20, isExact: true });
    const rows = slices.reduce((sum, slice) => sum + slice.rows, 0);
    expect(rows).to.equal(current.length + 500);
    expect(Math.max(...slices.map((slice) => slice.rows))).to.be.at.least(500);
    await engine.close();
  });

  it('are one where there is nothing, or one key', async () => {
    for (const rows of [[], [currentRowKey('a')]]) {
      const engine = await storeOf(rows);
      for (const isExact of [true, false]) {
        expect((await slicesOf(engine, { span: ALL, sliceBytes: 1, isExact })).map(({ start }) => start)).to.deep.equal(['']);
      }
      await engine.close();
    }
  });
});
