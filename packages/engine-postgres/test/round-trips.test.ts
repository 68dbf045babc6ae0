import { TcpProxy } from '@pandakv/conformance';
import type { Engine } from '@pandakv/core/engine';
import { expect } from 'chai';
import { FrontendMessages } from './frontend-messages.js';
import { bytes, cleanUp, closeLater, EVERYTHING, GUARD, mismatches, newDatabase, openAt, scanAll } from './support.js';

describe('Round trips', () => {
  let engine: Engine;
  let proxy: TcpProxy;
  let messages: FrontendMessages;
  beforeEach(async () => {
    const url = await newDatabase();
    proxy = closeLater(await TcpProxy.before(url));
    messages = new FrontendMessages(proxy);
    engine = await openAt(proxy.through(url), { connections: 2 });
    // Opens the connection for writes.
    await engine.write({ puts: Array.from({ length: 2_000 }, (_, i) => [bytes(`k${10_000 + i}`), bytes(`value ${i}`)]) });
  });
  afterEach(cleanUp);

  /** The first time, a statement is prepared on the way. */
  async function expectOne(work: () => unknown): Promise<void> {
    for (const expected of [
      { C: 1, P: 1, B: 1, E: 1, S: 1 },
      { B: 1, E: 1, S: 1 },
    ]) {
      messages.counts.clear();
      expect(await proxy.count(work)).to.equal(1);
      expect(Object.fromEntries(messages.counts)).to.deep.equal(expected);
    }
  }

  it('are one for a get, whatever the number of keys', async () => {
    await expectOne(() => engine.get([bytes('k10000')]));
    const keys = Array.from({ length: 1_000 }, (_, i) => bytes(`k${10_500 + i}`));
    await expectOne(() => engine.get(keys));
  });

  it('are one for a page, with an end or without, in both directions', async () => {
    for (const reverse of [false, true]) {
      await expectOne(() => engine.scan(EVERYTHING, { limit: 1_000, maxBytes: 1_000_000, reverse }));
      const range = { start: bytes('k10'), end: bytes('k11') };
      await expectOne(() => engine.scan(range, { limit: 1_000, maxBytes: 1_000_000, reverse }));
    }
  });

  it('are one for a guarded group of puts, deletes and deleted ranges, applied or not', async () => {
    let sequence = 0;
    await engine.write({ guard: { key: GUARD, expected: undefined, next: bytes('0') } });
    const write = (expected: string) =>
      engine.write({
        guard: { key: GUARD, expected: bytes(expected), next: bytes(String(sequence + 1)) },
        puts: Array.from({ length: 64 }, (_, i) => [bytes(`p${i}`), bytes(String(sequence))]),
        deletes: [bytes(`k${10_000 + sequence}`)],
        deleteRanges: [{ start: bytes(`k${11_000 + sequence}`), end: bytes(`k${11_005 + sequence}`) }],
      });
    await expectOne(async () => {
      await write(String(sequence));
      sequence++;
    });
    let isRefused = false;
    expect(await proxy.count(async () => (isRefused = await mismatches(() => write('wrong'))))).to.equal(1);
    expect(isRefused).to.equal(true);
  });

  it('are one for a batch without a guard, which waits for its lock on the way', async () => {
    await engine.write({ deletes: [bytes('x')] });
    messages.counts.clear();
    expect(await proxy.count(() => engine.write({ deletes: [bytes('k10000')] }))).to.equal(1);
    expect(Object.fromEntries(messages.counts)).to.deep.equal({ B: 2, E: 2, S: 1 });
  });

  it('are at most two for a page with large values among small ones, and then one again', async () => {
    await engine.write({ puts: [[bytes('k10005'), Buffer.alloc(50_000)]] });
    const scan = (start: string) => engine.scan({ start: bytes(start) }, { limit: 1_000, maxBytes: 1_000_000 });
    for (const [start, trips] of [
      ['k10001', 2],
      ['k10001', 1],
      ['k10006', 1],
      ['k10006', 1],
      ['k10001', 2],
    ] as const) {
      const read = async () => expect((await scan(start)).entries).to.have.length(1_000);
      expect(await proxy.count(read), start).to.equal(trips);
    }
  });

  it('are none for nothing asked, and for what cannot be there', async () => {
    const before = proxy.trips;
    expect(await engine.get([])).to.deep.equal([]);
    await engine.write({});
    expect(await scanAll(engine, { start: bytes('b'), end: bytes('a') })).to.deep.equal([]);
    expect(proxy.trips).to.equal(before);
  });
});
