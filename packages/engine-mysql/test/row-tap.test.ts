import { expect } from 'chai';
import { RowTap } from '../dist/row-tap.js';

const packet = (number: number, ...body: number[]): Buffer => Buffer.from([body.length, 0, 0, number, ...body]);
const END = [0xfe, 0, 0, 2, 0];

/** Two columns, three rows, and an answer to something else behind it. */
const ANSWER = [packet(1, 2), packet(2, 3, 3), packet(3, 3, 3), packet(4, ...END)];
const ROWS = [packet(5, 0, 0, 1, 7, 0), packet(6, 0, 0, 2, 8, 9, 3, 1, 2, 3), packet(7, 0, 0, 0xfc, 1, 0, 7, 1, 255)];
const LAST = packet(8, ...END);

describe('Rows that are read past the driver', () => {
  function run(pieces: readonly Buffer[], columns = 2): { seen: string; rows: number[][][] } {
    const seen: Buffer[] = [];
    const rows: number[][][] = [];
    const tap = new RowTap({ execute: (chunk) => seen.push(Buffer.from(chunk)) });
    tap.open(columns, (fields) => rows.push(fields.map((field) => [...field])) > 0);
    for (const piece of pieces) tap.execute(Buffer.from(piece));
    return { seen: Buffer.concat(seen).toString('hex'), rows };
  }

  const whole = Buffer.concat([...ANSWER, ...ROWS, LAST, packet(1, 1, 2, 3)]);
  const forDriver = Buffer.concat([...ANSWER, packet(5, ...END), packet(1, 1, 2, 3)]).toString('hex');
  const fields = [
    [[7], []],
    [
      [8, 9],
      [1, 2, 3],
    ],
    [[7], [255]],
  ];

  it('are the same however they arrive, and the driver misses nothing but them', () => {
    for (let first = 0; first <= whole.length; first++) {
      for (let second = first; second <= whole.length; second++) {
        const pieces = [whole.subarray(0, first), whole.subarray(first, second), whole.subarray(second)];
        const { seen, rows } = run(pieces.filter(({ length }) => length > 0));
        expect(rows).to.deep.equal(fields);
        expect(seen).to.equal(forDriver);
      }
    }
  });

  it('end with an error, wherever it comes', () => {
    const error = packet(8, 0xff, 1, 2);
    expect(run([Buffer.concat([...ANSWER, ...ROWS, error])])).to.deep.equal({
      seen: Buffer.concat([...ANSWER, packet(5, 0xff, 1, 2)]).toString('hex'),
      rows: fields,
    });
    expect(run([packet(1, 0xff, 1, 2), packet(1, 0)])).to.deep.equal({
      seen: packet(1, 0xff, 1, 2).toString('hex') + '0100000100',
      rows: [],
    });
  });

  it('are no more once enough were seen: all that still comes is dropped', () => {
    let count = 0;
    const tap = new RowTap({ execute: (chunk) => expect(chunk[3]).to.be.below(5) });
    tap.open(2, () => ++count < 2);
    tap.execute(whole);
    tap.execute(whole);
    expect(count).to.equal(2);
  });

  it('that nobody understands are an error: NULL where none is, a kind or a length that does not exist', () => {
    for (const row of [packet(5, 0, 4, 1, 7), packet(5, 7, 0, 1, 7), packet(5, 0, 0, 0xfb, 1), packet(5, 0, 0, 0xfe, 1)]) {
      expect(() => run([Buffer.concat([...ANSWER, row])])).to.throw(/row/i);
    }
  });
});
