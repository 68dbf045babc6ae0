import type { Engine, KeyRange } from '@pandakv/core/engine';
import { expect } from 'chai';
import { bytes, cleanUp, EVERYTHING, get, hex, hexRows, scanAll, TARGETS } from './support.js';

const HARD_KEYS = [
  [0x00],
  [0x00, 0x00],
  [0x00, 0xff],
  [0x01],
  [0x61],
  [0x61, 0x00],
  [0x61, 0x00, 0x00],
  [0x61, 0x61],
  [0x7f],
  [0x80],
  [0xc3, 0x28],
  [0xff],
  [0xff, 0x00],
  [0xff, 0xff],
].map((key) => Uint8Array.from(key));
const LONGEST = new Uint8Array(2_600).fill(0xff);
const SORTED = [...HARD_KEYS, LONGEST];

for (const target of TARGETS) {
  describe(`The engine over ${target.name}`, () => {
    let engine: Engine;
    beforeEach(async () => {
      engine = await target.open();
    });
    afterEach(cleanUp);

    const put = (...texts: string[]) => engine.write({ puts: texts.map((text) => [bytes(text), bytes(`=${text}`)]) });
    const keys = async (range?: KeyRange) => (await scanAll(engine, range)).map(([key]) => Buffer.from(key).toString('latin1'));

    it('is empty when new, and hides its own marker', async () => {
      expect(await engine.scan(EVERYTHING, { limit: 10, maxBytes: 1_000 })).to.deep.equal({ entries: [] });
      expect(await engine.scan(EVERYTHING, { limit: 10, maxBytes: 1_000, reverse: true })).to.deep.equal({ entries: [] });
      expect(await engine.estimate(EVERYTHING)).to.deep.equal({ keys: 0, bytes: 0 });
    });

    it('keeps any bytes, in unsigned lexicographic order, both ways', async () => {
      const shuffled = SORTED.map((_, i) => SORTED[(i * 7) % SORTED.length]!);
      await engine.write({ puts: shuffled.map((key) => [key, Buffer.concat([key, Buffer.from([0, 0xff, 0x80])])]) });
      const expected = SORTED.map((key) => [hex(key)!, `${hex(key)!}00ff80`]);
      const page = { limit: 100, maxBytes: 1_000_000 };
      expect(hexRows((await engine.scan(EVERYTHING, page)).entries)).to.deep.equal(expected);
      expect(hexRows((await engine.scan(EVERYTHING, { ...page, reverse: true })).entries)).to.deep.equal(expected.toReversed());
      expect((await engine.get(SORTED)).map(hex)).to.deep.equal(expected.map(([, value]) => value));
    });

    it('scans exactly from the start, to right before the end', async () => {
      await put('a', 'b', 'b\0', 'c', 'd');
      expect(await keys({ start: bytes('b'), end: bytes('c') })).to.deep.equal(['b', 'b\0']);
      expect(await keys({ start: bytes('b\0') })).to.deep.equal(['b\0', 'c', 'd']);
      expect(await keys({ start: bytes(''), end: bytes('b') })).to.deep.equal(['a']);
      expect(await keys({ start: bytes('b'), end: bytes('b') })).to.deep.equal([]);
      expect(await keys({ start: bytes('c'), end: bytes('b') })).to.deep.equal([]);
      expect(await keys({ start: bytes(''), end: bytes('') })).to.deep.equal([]);
      expect(await keys({ start: new Uint8Array(2_601).fill(0xff) })).to.deep.equal([]);
    });

    it('tells an empty value from an absent one', async () => {
      await engine.write({ puts: [[bytes('empty'), new Uint8Array(0)]] });
      const [empty, absent] = await engine.get([bytes('empty'), bytes('absent')]);
      expect(empty).to.be.instanceOf(Uint8Array).and.to.have.length(0);
      expect(absent).to.equal(undefined);
      expect((await scanAll(engine))[0]![1]).to.have.length(0);
    });

    it('answers in the order asked, the same key as often as it is asked', async () => {
      await put('a', 'b', 'c');
      const asked = ['c', 'x', 'a', 'c', 'b', 'x', 'a'];
      const answers = (await engine.get(asked.map(bytes))).map((value) => value && Buffer.from(value).toString());
      expect(answers).to.deep.equal(['=c', undefined, '=a', '=c', '=b', undefined, '=a']);
      expect(await engine.get([])).to.deep.equal([]);
      expect(hex(await get(engine, bytes('b')))).to.equal(hex(bytes('=b')));
    });

    it('takes keys and values of the greatest length', async () => {
      const value = new Uint8Array(4 * 1024 * 1024).fill(7);
      await engine.write({ puts: [[LONGEST, value]] });
      expect(Buffer.compare((await get(engine, LONGEST))!, value)).to.equal(0);
    });

    it('takes and returns views into larger buffers', async () => {
      const around = bytes('..key..value..');
      await engine.write({ puts: [[around.subarray(2, 5), around.subarray(7, 12)]] });
      expect(Buffer.from((await get(engine, bytes('.key').subarray(1)))!).toString()).to.equal('value');
    });

    it('shows a write to every get, scan and estimate after it', async () => {
      for (let round = 0; round < 20; round++) {
        await engine.write({ puts: [[bytes('k'), bytes(String(round))]] });
        expect(hex(await get(engine, bytes('k')))).to.equal(hex(bytes(String(round))));
        expect(hexRows(await scanAll(engine))).to.deep.equal([[hex(bytes('k')), hex(bytes(String(round)))]]);
      }
      expect(await engine.estimate(EVERYTHING)).to.deep.equal({ keys: 1, bytes: 3 });
    });

    it('replaces and deletes, and does not mind deleting what is not there', async () => {
      await put('a', 'b', 'c');
      await engine.write({ puts: [[bytes('a'), bytes('new')]], deletes: [bytes('b'), bytes('not there')] });
      expect(await keys()).to.deep.equal(['a', 'c']);
      expect(hex(await get(engine, bytes('a')))).to.equal(hex(bytes('new')));
      await engine.write({});
      expect(await keys()).to.deep.equal(['a', 'c']);
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
      expect(hex(await get(engine, bytes('b2')))).to.equal(hex(bytes('kept')));
    });

    it('deletes everything in a range without an end, thousands of keys, and remains a store', async () => {
      const puts = Array.from({ length: 5_000 }, (_, i) => [bytes(`k${i}`), bytes('v')] as const);
      await engine.write({ puts });
      expect(await scanAll(engine)).to.have.length(5_000);
      await engine.write({ deleteRanges: [EVERYTHING], puts: [[bytes('new'), bytes('v')]] });
      expect(await keys()).to.deep.equal(['new']);
    });

    it('returns buffers that belong to the caller, and keeps none of those it was given', async () => {
      const key = bytes('key');
      const value = bytes('value');
      const next = bytes('guard');
      await engine.write({ puts: [[key, value]], guard: { key: bytes('m'), expected: undefined, next } });
      for (const buffer of [key, value, next]) buffer.fill(0x21);
      const before = hexRows(await scanAll(engine));
      expect(before).to.deep.equal([
        [hex(bytes('key')), hex(bytes('value'))],
        [hex(bytes('m')), hex(bytes('guard'))],
      ]);
      for (const row of await scanAll(engine)) for (const buffer of row) buffer.fill(0x21);
      for (const found of await engine.get([bytes('key'), bytes('m')])) found!.fill(0x21);
      expect(hexRows(await scanAll(engine))).to.deep.equal(before);
    });

    it('gives pages that are one consistent view while writes go on', async () => {
      const rows = Array.from({ length: 200 }, (_, i) => bytes(`row/${1_000 + i}`));
      const writeAll = async (n: number) => engine.write({ puts: rows.map((key) => [key, bytes(String(n))]) });
      await writeAll(0);
      let last: Promise<void> = Promise.resolve();
      const pages = [];
      for (let n = 1; n <= 50; n++) {
        last = writeAll(n);
        pages.push(scanAll(engine));
        if (n % 5 === 0) await last;
      }
      await last;
      for (const page of await Promise.all(pages)) {
        expect(page).to.have.length(200);
        expect(new Set(page.map(([, value]) => hex(value))).size).to.equal(1);
      }
    });

    it('estimates what it declares: exactly, or roughly', async () => {
      await engine.write({ puts: Array.from({ length: 3_000 }, (_, i) => [bytes(`k${10_000 + i}`), bytes('0123456789')]) });
      const { keys: count, bytes: size } = await engine.estimate({ start: bytes('k11000'), end: bytes('k12000') });
      if (engine.capabilities.estimateExact) expect({ count, size }).to.deep.equal({ count: 1_000, size: 16_000 });
      else expect(count).to.be.at.least(256).and.at.most(3_000);
      expect(await engine.estimate({ start: bytes('k11000'), end: bytes('k11100') })).to.deep.equal({ keys: 100, bytes: 1_600 });
      expect(await engine.estimate({ start: bytes('z'), end: bytes('a') })).to.deep.equal({ keys: 0, bytes: 0 });
    });
  });
}
