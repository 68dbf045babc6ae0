import type { Engine, KeyRange } from '@pandakv/core/engine';
import { expect } from 'chai';
import { ask, bytes, cleanUp, EVERYTHING, newDatabase, openAt } from './support.js';

const rows = (from: number, count: number, valueBytes: number) =>
  Array.from({ length: count }, (_, i) => [bytes(`k${100_000 + from + i}`), Buffer.alloc(valueBytes, i)] as const);

async function expectRough(engine: Engine, range: KeyRange, keys: number, rowBytes: number): Promise<void> {
  const estimate = await engine.estimate(range);
  expect(estimate.keys).to.be.within(keys / 4, keys * 4);
  expect(estimate.bytes).to.be.within((keys * rowBytes) / 4, keys * rowBytes * 4);
}

describe('An estimate', () => {
  let url: string;
  let engine: Engine;
  beforeEach(async () => {
    url = await newDatabase();
    engine = await openAt(url);
  });
  afterEach(cleanUp);

  it('is a count for a small range', async () => {
    await engine.write({ puts: rows(0, 1_500, 10) });
    expect(await engine.estimate({ start: bytes('k100000'), end: bytes('k100900') })).to.deep.equal({ keys: 900, bytes: 15_300 });
    expect(await engine.estimate({ start: bytes('z'), end: bytes('a') })).to.deep.equal({ keys: 0, bytes: 0 });
    expect(await engine.estimate({ start: bytes('k101499') })).to.deep.equal({ keys: 1, bytes: 17 });
  });

  for (const valueBytes of [10, 1_000, 10_000]) {
    it(`is of the right order for 10,000 rows of ${valueBytes} bytes that were never analyzed`, async () => {
      await ask(url, 'ALTER TABLE panda SET (autovacuum_enabled = off)');
      for (let from = 0; from < 10_000; from += 2_000) await engine.write({ puts: rows(from, 2_000, valueBytes) });
      await expectRough(engine, EVERYTHING, 10_000, valueBytes + 7);
      await expectRough(engine, { start: bytes('k102000'), end: bytes('k106000') }, 4_000, valueBytes + 7);
    });
  }

  it('is of the right order for a small part of a large, analyzed table', async () => {
    await ask(
      url,
      `INSERT INTO panda SELECT convert_to('k' || i, 'UTF8'), '\\x0102030405' FROM generate_series(1000000, 1300000) AS i`,
    );
    await ask(url, 'ANALYZE panda');
    await expectRough(engine, { start: bytes('k1100000'), end: bytes('k1103000') }, 3_000, 13);
    await expectRough(engine, EVERYTHING, 300_000, 13);
  });
});
