import { GuardMismatch, type Engine, type Entry, type Guard, type KeyRange } from '@pandakv/core/engine';
import { expect } from 'chai';
import { ALL, bytes, cleanUp, EVERYTHING, get, hex, hexRows, KINDS, newDatabase, open, openNew, scanAll } from './support.js';

const HARD_KEYS = [
  [0x00],
  [0x00, 0x00],
  [0x00, 0xff],
  [0x09],
  [0x20],
  [0x20, 0x20],
  [0x27],
  [0x41],
  [0x5c],
  [0x61],
  [0x61, 0x00],
  [0x61, 0x20],
  [0x61, 0x61],
  [0x7f],
  [0x80],
  [0xc3, 0x28],
  [0xe2, 0x82, 0xac],
  [0xff],
  [0xff, 0x00],
  [0xff, 0xff],
].map((key) => Uint8Array.from(key));
const LONGEST = new Uint8Array(2_600).fill(0xff);
const SORTED = [...HARD_KEYS, LONGEST];
const GUARD = bytes('m/guard');

async function mismatches(engine: Engine, guard: Guard): Promise<boolean> {
  const puts = [[bytes('a'), bytes('changed')]] as const;
  const deletes = { deletes: [bytes('b')], deleteRanges: [{ start: bytes('c'), end: bytes('d') }] };
  // With deletes it is several statements, and else one: where the guard does not hold, both are tried.
  for (const batch of [{ guard, puts, ...deletes }, { guard, puts }, { guard }]) {
    try {
      await engine.write(batch);
      return false;
    } catch (error) {
      if (!GuardMismatch.is(error)) throw error;
    }
  }
  return true;
}

/** All write at once, each guarded by what was last seen. Exactly one may win a round, and all that it wrote is there. */
async function race(engines: readonly Engine[], rounds: number): Promise<void> {
  let expected: Uint8Array | undefined;
  for (let round = 0; round < rounds; round++) {
    const tries = engines.map(async (engine, i) => {
      const next = bytes(`${round} by ${i}`);
      await engine.write({ guard: { key: GUARD, expected, next }, puts: [[bytes('row'), next]] });
      return next;
    });
    const results = await Promise.allSettled(tries);
    const won = results.filter((result) => result.status === 'fulfilled');
    expect(won, `round ${round}`).to.have.length(1);
    for (const lost of results) if (lost.status === 'rejected') expect(GuardMismatch.is(lost.reason)).to.equal(true);
    expected = won[0]!.value;
    expect((await engines[0]!.get([GUARD, bytes('row')])).map(hex)).to.deep.equal([hex(expected), hex(expected)]);
  }
}

for (const kind of KINDS) {
  describe(`The engine over ${kind}`, () => {
    let engine: Engine;
    beforeEach(async () => {
      engine = await openNew(kind);
    });
    afterEach(cleanUp);

    const put = (...texts: string[]) => engine.write({ puts: texts.map((text) => [bytes(text), bytes(`=${text}`)]) });
    const keys = async (range?: KeyRange) => (await scanAll(engine, range)).map(([key]) => Buffer.from(key).toString('latin1'));

    it('is empty when new', async () => {
      expect(await engine.scan(EVERYTHING, { limit: 10, maxBytes: 1_000 })).to.deep.equal({ entries: [] });
      expect(await engine.scan(EVERYTHING, { ...ALL, reverse: true })).to.deep.equal({ entries: [] });
      expect(await engine.get([])).to.deep.equal([]);
    });

    it('keeps any bytes, in unsigned lexicographic order, both ways', async () => {
      const shuffled = SORTED.map((_, i) => SORTED[(i * 8) % SORTED.length]!);
      const all = Uint8Array.from({ length: 256 }, (_, i) => i);
      await engine.write({ puts: shuffled.map((key) => [key, Buffer.concat([key, all])]) });
      const expected = SORTED.map((key) => [hex(key)!, hex(key)! + hex(all)!]);
      expect(hexRows((await engine.scan(EVERYTHING, ALL)).entries)).to.deep.equal(expected);
      expect(hexRows((await engine.scan(EVERYTHING, { ...ALL, reverse: true })).entries)).to.deep.equal(expected.toReversed());
      expect((await engine.get(SORTED)).map(hex)).to.deep.equal(expected.map(([, value]) => value));
      for (const [i, key] of SORTED.entries()) expect(hex(await get(engine, key))).to.equal(expected[i]![1]);
    });

    it('scans exactly from the start, to right before the end, also with bounds longer than any key', async () => {
      await put('a', 'b', 'b\0', 'c', 'd');
      await engine.write({ puts: [[LONGEST, bytes('v')]] });
      expect(await keys({ start: bytes('b'), end: bytes('c') })).to.deep.equal(['b', 'b\0']);
      expect(await keys({ start: bytes(''), end: bytes('b') })).to.deep.equal(['a']);
      expect(await keys({ start: bytes('c'), end: bytes('b') })).to.deep.equal([]);
      expect(await keys({ start: bytes(''), end: bytes('') })).to.deep.equal([]);
      const beyond = new Uint8Array(2_601).fill(0xff);
      expect(await keys({ start: beyond })).to.deep.equal([]);
      expect(await keys({ start: bytes('d\0'), end: beyond })).to.have.length(1);
      expect(await keys({ start: bytes('d\0'), end: LONGEST })).to.have.length(0);
      await engine.write({ deleteRanges: [{ start: beyond }] });
      expect(await keys({ start: bytes('d\0') })).to.have.length(1);
      await engine.write({ deleteRanges: [{ start: bytes('d\0'), end: beyond }] });
      expect(await keys({ start: bytes('d\0') })).to.have.length(0);
    });

    it('tells an empty value from an absent one', async () => {
      await engine.write({ puts: [[bytes('empty'), new Uint8Array(0)]] });
      const [empty, absent] = await engine.get([bytes('empty'), bytes('absent')]);
      expect(empty).to.be.instanceOf(Uint8Array).and.to.have.length(0);
      expect(absent).to.equal(undefined);
      expect((await scanAll(engine))[0]![1]).to.have.length(0);
    });

    it('answers in the order asked, the same key as often as it is asked, however many', async () => {
      const puts = Array.from({ length: 700 }, (_, i) => [bytes(`k${i}`), bytes(`=k${i}`)] as const);
      await engine.write({ puts });
      for (const count of [1, 2, 4, 5, 17, 64, 255, 256, 257, 1_000]) {
        const asked = Array.from({ length: count }, (_, i) => `k${(i * 37) % 800}`);
        const answers = (await engine.get(asked.map(bytes))).map((value) => value && Buffer.from(value).toString());
        expect(answers).to.deep.equal(asked.map((key) => (Number(key.slice(1)) < 700 ? `=${key}` : undefined)));
      }
    });

    it('replaces and deletes, and does not mind deleting what is not there', async () => {
      await put('a', 'b', 'c');
      await engine.write({ puts: [[bytes('a'), bytes('new')]], deletes: [bytes('b'), bytes('not there')] });
      expect(await keys()).to.deep.equal(['a', 'c']);
      expect(hex(await get(engine, bytes('a')))).to.equal(hex(bytes('new')));
      await engine.write({});
      await engine.write({ deletes: Array.from({ length: 1_200 }, (_, i) => bytes(i === 1_100 ? 'a' : `x${i}`)) });
      expect(await keys()).to.deep.equal(['c']);
    });

    it('deletes ranges first: what is put survives a deleted range around it', async () => {
      await put('a', 'b1', 'b2', 'b3', 'c', 'd');
      await engine.write({
        puts: [
          [bytes('b2'), bytes('kept')],
          [bytes('b9'), bytes('new')],
        ],
        deletes: [bytes('d')],
        deleteRanges: [
          { start: bytes('b'), end: bytes('c') },
          { start: bytes('b1'), end: bytes('b3') },
          { start: bytes('z'), end: bytes('y') },
        ],
        guard: { key: bytes('b5'), expected: undefined, next: bytes('guard') },
      });
      expect(await keys()).to.deep.equal(['a', 'b2', 'b5', 'b9', 'c']);
      await engine.write({ deleteRanges: [EVERYTHING], puts: [[bytes('new'), bytes('v')]] });
      expect(await keys()).to.deep.equal(['new']);
    });

    it('returns buffers that belong to the caller', async () => {
      await put('a', 'b', 'c');
      const before = hexRows(await scanAll(engine));
      for (const row of await scanAll(engine)) for (const buffer of row) buffer.fill(0x21);
      const [first, , again] = await engine.get([bytes('a'), bytes('b'), bytes('a')]);
      first!.fill(0x21);
      expect(hex(again)).to.equal(hex(bytes('=a')));
      expect(hexRows(await scanAll(engine))).to.deep.equal(before);
    });

    it('gives pages that are one consistent view while writes go on', async () => {
      const rows = Array.from({ length: 200 }, (_, i) => bytes(`row/${1_000 + i}`));
      const writeAll = async (n: number) => engine.write({ puts: rows.map((key) => [key, bytes(String(n))]) });
      await writeAll(0);
      const pages: Promise<readonly Entry[]>[] = [];
      for (let n = 1; n <= 20; n++) {
        const written = writeAll(n);
        for (let i = 0; i < 3; i++) pages.push(scanAll(engine));
        await written;
      }
      for (const page of await Promise.all(pages)) {
        expect(page).to.have.length(200);
        expect(new Set(page.map(([, value]) => hex(value))).size).to.equal(1);
      }
    });

    it('applies a batch only while the guard holds what is expected, and changes nothing else', async () => {
      await engine.write({ puts: ['a', 'b', 'c1'].map((key) => [bytes(key), bytes('old')]) });
      const before = hexRows(await scanAll(engine));
      expect(await mismatches(engine, { key: GUARD, expected: bytes('1'), next: bytes('2') })).to.equal(true);
      expect(await mismatches(engine, { key: GUARD, expected: new Uint8Array(0), next: bytes('2') })).to.equal(true);
      expect(hexRows(await scanAll(engine))).to.deep.equal(before);

      expect(await mismatches(engine, { key: GUARD, expected: undefined, next: new Uint8Array(0) })).to.equal(false);
      expect((await scanAll(engine)).map(([key]) => hex(key))).to.deep.equal([hex(bytes('a')), hex(GUARD)]);
      const after = hexRows(await scanAll(engine));
      for (const wrong of [undefined, bytes('1'), bytes('\0'), bytes(' ')]) {
        expect(await mismatches(engine, { key: GUARD, expected: wrong, next: bytes('2') })).to.equal(true);
      }
      expect(hexRows(await scanAll(engine))).to.deep.equal(after);
      expect(await mismatches(engine, { key: GUARD, expected: new Uint8Array(0), next: bytes('2') })).to.equal(false);
      expect(hex(await get(engine, GUARD))).to.equal(hex(bytes('2')));
    });

    it('takes a guard whose next value is the expected one', async () => {
      await engine.write({ guard: { key: GUARD, expected: undefined, next: bytes('1') } });
      await engine.write({ guard: { key: GUARD, expected: bytes('1'), next: bytes('1') }, puts: [[bytes('k'), bytes('v')]] });
      expect(await keys()).to.deep.equal(['k', 'm/guard']);
    });

    it('tells guards of the greatest size apart', async () => {
      const next = (last: number) => {
        const value = new Uint8Array(4 * 1024 * 1024);
        value[value.length - 1] = last;
        return value;
      };
      await engine.write({ guard: { key: GUARD, expected: undefined, next: next(1) } });
      expect(await mismatches(engine, { key: GUARD, expected: next(0), next: next(2) })).to.equal(true);
      expect(await mismatches(engine, { key: GUARD, expected: next(1), next: next(2) })).to.equal(false);
      expect((await get(engine, GUARD))!.at(-1)).to.equal(2);
    });

    it('lets exactly one of three racing leaders win each of 300 rounds', async () => {
      const url = await newDatabase(kind);
      await race([await open({ url }), await open({ url }), await open({ url, connections: 1 })], 300);
    });

    it('estimates within an order of magnitude, and small or empty ranges exactly', async () => {
      await engine.write({ puts: Array.from({ length: 10_000 }, (_, i) => [bytes(`k${10_000 + i}`), bytes('0123456789')]) });
      for (const [range, count] of [
        [EVERYTHING, 10_000],
        [{ start: bytes('k12000'), end: bytes('k14000') }, 2_000],
      ] as const) {
        const estimate = await engine.estimate(range);
        expect(estimate.keys).to.be.within(count / 10, count * 10);
        expect(estimate.bytes / estimate.keys).to.be.within(16, 17);
      }
      expect(await engine.estimate({ start: bytes('k10010'), end: bytes('k10030') })).to.deep.equal({ keys: 20, bytes: 320 });
      expect(await engine.estimate({ start: bytes('z'), end: bytes('a') })).to.deep.equal({ keys: 0, bytes: 0 });
      expect(await engine.estimate({ start: bytes('l') })).to.deep.equal({ keys: 0, bytes: 0 });
    });
  });
}
