import { expect } from 'chai';
import type { Entry } from '@pandakv/core/engine';
import { bytes, cleanUp, hex, openAt, scanAll, temporaryFolder } from './support.js';

/** Keys that are no ASCII, or at the edge of it; some of them come out of a decoder of text as ASCII, or as another key. */
const ODD = [
  '\x00',
  '\x00\x00a',
  '\x7f',
  '\x7f\x7f\x00',
  '\x80',
  '\xff\xfe',
  '\xef\xbb\xbfbom',
  'a\xef\xbb\xbf',
  '\xc0\x80',
  '\xc3\xa9',
  'caf\xc3\xa9',
  '\xed\xa0\x80',
  '\xf0\x9f\x90\xbc',
  'a\xff',
  'x'.repeat(1_000),
  'x'.repeat(2_599) + '\xff',
  'x'.repeat(48),
  'x'.repeat(49) + '\x80',
];

function rowsWith(odd: readonly string[], prefix: string): Entry[] {
  const plain = Array.from({ length: 200 }, (_, at) => `${prefix}${1_000 + at}`);
  const keys = [...plain, ...odd.map((key) => (prefix + key).slice(0, 2_600))];
  return keys.map((key, at): Entry => [bytes(key), Buffer.from(`value ${at}`)]);
}

const sorted = (rows: readonly Entry[]): [string, string][] =>
  rows.map(([key, value]): [string, string] => [hex(key)!, hex(value)!]).sort(([a], [b]) => (a < b ? -1 : 1));

describe('keys of pages, over LevelDB', () => {
  afterEach(cleanUp);

  for (const odd of ODD) {
    it(`are exact beside ${hex(bytes(odd))!.slice(0, 24)}, however often they are read`, async () => {
      const engine = await openAt(await temporaryFolder());
      const rows = rowsWith([odd], 'k');
      await engine.write({ puts: rows });
      for (let round = 0; round < 3; round++) expect(sorted(await scanAll(engine))).to.deep.equal(sorted(rows));
    });
  }

  it('are the bytes of whoever gets them: to change one changes no other, and none that is read later', async () => {
    const engine = await openAt(await temporaryFolder());
    const rows = rowsWith([], 'k');
    await engine.write({ puts: rows });
    const [first, ...others] = await scanAll(engine);
    first![0].fill(0xff);
    expect(sorted(others)).to.deep.equal(sorted(rows).slice(1));
    expect(sorted(await scanAll(engine))).to.deep.equal(sorted(rows));
  });

  it('are exact again when they have become ASCII, and when they are no more', async () => {
    const engine = await openAt(await temporaryFolder());
    const odd = rowsWith(ODD, 'k');
    const plain = rowsWith([], 'k');
    for (let round = 0; round < 3; round++) {
      for (const rows of [odd, plain]) {
        await engine.write({ deleteRanges: [{ start: bytes('k') }], puts: rows });
        for (let read = 0; read < 70; read++) expect(await scanAll(engine)).to.have.length(rows.length);
        expect(sorted(await scanAll(engine))).to.deep.equal(sorted(rows));
      }
    }
  });
});
