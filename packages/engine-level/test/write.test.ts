import { GuardMismatch, type Engine, type Guard } from '@pandakv/core/engine';
import { plugin } from '@pandakv/engine-level';
import { expect } from 'chai';
import { MemoryLevel } from 'memory-level';
import { bytes, cleanUp, closeLater, get, hex, hexRows, scanAll, TARGETS } from './support.js';

const GUARD = bytes('m/guard');

async function mismatches(engine: Engine, guard: Guard): Promise<boolean> {
  try {
    await engine.write({
      guard,
      puts: [[bytes('a'), bytes('changed')]],
      deletes: [bytes('b')],
      deleteRanges: [{ start: bytes('c'), end: bytes('d') }],
    });
    return false;
  } catch (error) {
    if (!GuardMismatch.is(error)) throw error;
    return true;
  }
}

/** Both write at once, each guarded by what it last saw. Exactly one may win a round, and all that it wrote is there. */
async function race(one: Engine, other: Engine, rounds: number): Promise<void> {
  let expected: Uint8Array | undefined;
  for (let round = 0; round < rounds; round++) {
    const racers = round % 2 === 0 ? [one, other] : [other, one];
    const tries = racers.map(async (engine, i) => {
      const next = bytes(`${round} by ${i}`);
      await engine.write({ guard: { key: GUARD, expected, next }, puts: [[bytes('row'), next]] });
      return next;
    });
    const results = await Promise.allSettled(tries);
    const won = results.filter((result) => result.status === 'fulfilled');
    expect(won, `round ${round}`).to.have.length(1);
    for (const lost of results) if (lost.status === 'rejected') expect(GuardMismatch.is(lost.reason)).to.equal(true);
    expected = won[0]!.value;
    expect((await one.get([GUARD, bytes('row')])).map(hex)).to.deep.equal([hex(expected), hex(expected)]);
  }
}

for (const target of TARGETS) {
  describe(`Writing to ${target.name}`, () => {
    let engine: Engine;
    beforeEach(async () => {
      engine = await target.open();
    });
    afterEach(cleanUp);

    it('applies a batch only while the guard holds what is expected, and changes nothing else', async () => {
      await engine.write({ puts: ['a', 'b', 'c1'].map((key) => [bytes(key), bytes('old')]) });
      const before = hexRows(await scanAll(engine));
      expect(await mismatches(engine, { key: GUARD, expected: bytes('1'), next: bytes('2') })).to.equal(true);
      expect(await mismatches(engine, { key: GUARD, expected: new Uint8Array(0), next: bytes('2') })).to.equal(true);
      expect(hexRows(await scanAll(engine))).to.deep.equal(before);

      expect(await mismatches(engine, { key: GUARD, expected: undefined, next: new Uint8Array(0) })).to.equal(false);
      expect((await scanAll(engine)).map(([key]) => hex(key))).to.deep.equal([hex(bytes('a')), hex(GUARD)]);
      const after = hexRows(await scanAll(engine));
      for (const wrong of [undefined, bytes('1'), bytes('\0')]) {
        expect(await mismatches(engine, { key: GUARD, expected: wrong, next: bytes('2') })).to.equal(true);
      }
      expect(hexRows(await scanAll(engine))).to.deep.equal(after);
      expect(await mismatches(engine, { key: GUARD, expected: new Uint8Array(0), next: bytes('2') })).to.equal(false);
      expect(hex(await get(engine, GUARD))).to.equal(hex(bytes('2')));
    });

    it('looks at the guard as it is, whatever kind of write changed it last', async () => {
      const guarded = (expected: Uint8Array | undefined, next: string) =>
        mismatches(engine, { key: GUARD, expected, next: bytes(next) });
      expect(await guarded(undefined, '1')).to.equal(false);
      expect(await guarded(undefined, '2')).to.equal(true);
      await engine.write({ puts: [[GUARD, bytes('put')]] });
      expect(await guarded(bytes('1'), '2')).to.equal(true);
      expect(await guarded(bytes('put'), '2')).to.equal(false);
      await engine.write({ deletes: [GUARD] });
      expect(await guarded(bytes('2'), '3')).to.equal(true);
      expect(await guarded(undefined, '3')).to.equal(false);
      await engine.write({ deleteRanges: [{ start: bytes('m'), end: bytes('n') }] });
      expect(await guarded(bytes('3'), '4')).to.equal(true);
      expect(await guarded(undefined, '4')).to.equal(false);
      await engine.write({ guard: { key: bytes('other'), expected: undefined, next: bytes('1') }, deletes: [GUARD] });
      expect(await guarded(bytes('4'), '5')).to.equal(true);
      expect(await guarded(undefined, '5')).to.equal(false);
    });

    it('lets exactly one of two racing writers win each of 1,000 rounds', async () => race(engine, engine, 1_000));

    it('takes writes without a guard in the order in which they came', async () => {
      const writes = Array.from({ length: 200 }, async (_, i) => engine.write({ puts: [[bytes('k'), bytes(String(i))]] }));
      await Promise.all(writes);
      expect(hex(await get(engine, bytes('k')))).to.equal(hex(bytes('199')));
    });

    it('deletes in a range what the writes before it have put there, even those still on their way', async () => {
      const first = engine.write({ puts: Array.from({ length: 500 }, (_, i) => [bytes(`r/${i}`), bytes('v')]) });
      await engine.write({ deleteRanges: [{ start: bytes('r/'), end: bytes('r0') }] });
      await first;
      expect(await scanAll(engine)).to.deep.equal([]);
    });
  });
}

describe('Two engines over one database', () => {
  afterEach(cleanUp);

  it('take turns: exactly one of two racing leaders wins each of 1,000 rounds', async () => {
    const database = closeLater(new MemoryLevel());
    const [one, other] = [await plugin.open({ database }), await plugin.open({ database })];
    await race(closeLater(one), closeLater(other), 1_000);
  });
});
