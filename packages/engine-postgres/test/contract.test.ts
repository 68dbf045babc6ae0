import type { Engine, Entry, KeyRange } from '@pandakv/core/engine';
import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { bytes, cleanUp, EVERYTHING, get, GUARD, hex, hexRows, keysOf, mismatches, openNew, scanAll } from './support.js';

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

describe('The engine over PostgreSQL', () => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await openNew();
  });
  afterEach(cleanUp);

  const put = (...texts: string[]) => engine.write({ puts: texts.map((text) => [bytes(text), bytes(`=${text}`)]) });
  const keys = (range?: KeyRange) => keysOf(engine, range);

  it('is empty when new', async () => {
    const page = { limit: 10, maxBytes: 1_000 };
    expect(await engine.scan(EVERYTHING, page)).to.deep.equal({ entries: [] });
    expect(await engine.scan(EVERYTHING, { ...page, reverse: true })).to.deep.equal({ entries: [] });
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
    expect(await get(engine, bytes('empty'))).to.have.length(0);
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

  it('takes keys of the greatest length that nothing can compress, thousands of them, and the largest value', async () => {
    const random = Array.from({ length: 2_000 }, () => randomBytes(2_600));
    await engine.write({ puts: random.map((key) => [key, key.subarray(0, 10)]) });
    const sorted = random.toSorted((a, b) => Buffer.compare(a, b));
    expect((await scanAll(engine)).every(([key], i) => Buffer.compare(key, sorted[i]!) === 0)).to.equal(true);
    const value = randomBytes(4 * 1024 * 1024);
    await engine.write({ puts: [[random[0]!, value]] });
    expect(Buffer.compare((await get(engine, random[0]!))!, value)).to.equal(0);
    expect((await engine.get(random)).every((found, i) => i === 0 || hex(found) === hex(random[i]!.subarray(0, 10)))).to.equal(
      true,
    );
  });

  it('takes and returns views into larger buffers, plain Uint8Arrays among them', async () => {
    const around = new Uint8Array(bytes('..key..value..'));
    await engine.write({
      puts: [[around.subarray(2, 5), around.subarray(7, 12)]],
      guard: { key: around.subarray(0, 2), expected: undefined, next: around.subarray(7, 9) },
    });
    await engine.write({ guard: { key: around.subarray(0, 2), expected: around.subarray(7, 9), next: new Uint8Array(0) } });
    expect(Buffer.from((await get(engine, new Uint8Array(bytes('.key')).subarray(1)))!).toString()).to.equal('value');
    expect(await keys({ start: around.subarray(2, 5), end: new Uint8Array(bytes('kez')) })).to.deep.equal(['key']);
  });

  it('replaces and deletes, and does not mind deleting what is not there', async () => {
    await put('a', 'b', 'c');
    await engine.write({ puts: [[bytes('a'), bytes('new')]], deletes: [bytes('b'), bytes('not there')] });
    expect(await keys()).to.deep.equal(['a', 'c']);
    expect(hex(await get(engine, bytes('a')))).to.equal(hex(bytes('new')));
    await engine.write({});
    await engine.write({ puts: [], deletes: [], deleteRanges: [{ start: bytes('z'), end: bytes('a') }] });
    expect(await keys()).to.deep.equal(['a', 'c']);
  });

  it('deletes ranges first: what is put survives a deleted range around it', async () => {
    await put('a', 'b1', 'b2', 'b3', 'c', 'd');
    await engine.write({
      puts: [
        [bytes('b2'), bytes('kept')],
        [bytes('b9'), bytes('new')],
        [bytes('b'), bytes('at the start')],
      ],
      deletes: [bytes('d'), bytes('b3'), bytes('b8')],
      deleteRanges: [
        { start: bytes('b'), end: bytes('c') },
        { start: bytes('b1'), end: bytes('b3') },
        { start: bytes('b'), end: bytes('b1') },
        { start: bytes('z'), end: bytes('y') },
      ],
      guard: { key: bytes('b5'), expected: undefined, next: bytes('guard') },
    });
    expect(await keys()).to.deep.equal(['a', 'b', 'b2', 'b5', 'b9', 'c']);
    expect(hex(await get(engine, bytes('b2')))).to.equal(hex(bytes('kept')));
    const guard = { key: bytes('b5'), expected: bytes('guard'), next: bytes('moved') };
    await engine.write({ guard, deleteRanges: [EVERYTHING], puts: [[bytes('b2'), bytes('again')]] });
    expect(hexRows(await scanAll(engine))).to.deep.equal(
      [
        ['b2', 'again'],
        ['b5', 'moved'],
      ].map((row) => row.map((text) => hex(bytes(text)))),
    );
  });

  it('deletes everything in a range without an end, thousands of keys, the longest one as well', async () => {
    const puts = Array.from({ length: 5_000 }, (_, i) => [bytes(`k${i}`), bytes('v')] as const);
    await engine.write({ puts: [...puts, [LONGEST, bytes('v')]] });
    expect(await scanAll(engine)).to.have.length(5_001);
    await engine.write({ deleteRanges: [EVERYTHING], puts: [[bytes('new'), bytes('v')]] });
    expect(await keys()).to.deep.equal(['new']);
  });

  it('applies a batch only while the guard holds what is expected, and changes nothing else', async () => {
    await put('a', 'b', 'c1');
    const before = hexRows(await scanAll(engine));
    const tryWith = (expected: Uint8Array | undefined, next: Uint8Array) =>
      mismatches(() =>
        engine.write({
          guard: { key: GUARD, expected, next },
          puts: [[bytes('a'), bytes('changed')]],
          deletes: [bytes('b')],
          deleteRanges: [{ start: bytes('c'), end: bytes('d') }],
        }),
      );
    expect(await tryWith(bytes('1'), bytes('2'))).to.equal(true);
    expect(await tryWith(new Uint8Array(0), bytes('2'))).to.equal(true);
    expect(hexRows(await scanAll(engine))).to.deep.equal(before);
    expect(await tryWith(undefined, new Uint8Array(0))).to.equal(false);
    expect(await keys()).to.deep.equal(['a', 'm/guard']);
    const after = hexRows(await scanAll(engine));
    for (const wrong of [undefined, bytes('1'), bytes('\0')]) expect(await tryWith(wrong, bytes('2'))).to.equal(true);
    expect(hexRows(await scanAll(engine))).to.deep.equal(after);
    expect(await tryWith(new Uint8Array(0), bytes('2'))).to.equal(false);
    expect(hex(await get(engine, GUARD))).to.equal(hex(bytes('2')));
  });

  it('returns buffers that belong to the caller', async () => {
    await put('a', 'b', 'c');
    const before = hexRows(await scanAll(engine));
    for (const row of await scanAll(engine)) for (const buffer of row) buffer.fill(0x21);
    const [a, b] = await engine.get([bytes('a'), bytes('b')]);
    a!.fill(0x21);
    expect(hex(b)).to.equal(hex(bytes('=b')));
    expect(hexRows(await scanAll(engine))).to.deep.equal(before);
  });

  it('gives pages that are one consistent view while writes go on', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => bytes(`row/${1_000 + i}`));
    const writeAll = async (n: number): Promise<void> => engine.write({ puts: rows.map((key) => [key, bytes(String(n))]) });
    await writeAll(0);
    const writes: Promise<void>[] = [];
    const pages: Promise<readonly Entry[]>[] = [];
    for (let n = 1; n <= 50; n++) {
      writes.push(writeAll(n));
      pages.push(scanAll(engine));
      if (n % 5 === 0) await writes.at(-1);
    }
    await Promise.all(writes);
    for (const page of await Promise.all(pages)) {
      expect(page).to.have.length(200);
      expect(new Set(page.map(([, value]) => hex(value))).size).to.equal(1);
    }
  });
});
