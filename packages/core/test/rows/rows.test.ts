import { expect } from 'chai';
import fc from 'fast-check';
import { crc32 } from 'node:zlib';
import * as rows from '../../dist/rows/index.js';
import { failure } from '../support/failure.js';
import { SEED } from '../support/random.js';

const key = fc.uint8Array({ minLength: 1, maxLength: 12 }).map((bytes) =>
  // Zero and 0xff bytes are where escaping goes wrong, so they come often.
  Buffer.from(bytes.map((byte) => (byte < 64 ? 0 : byte > 192 ? 0xff : byte))).toString('latin1'),
);
const timestamp = fc.maxSafeNat();

describe(`rows (PANDA_SEED=${SEED})`, () => {
  it('of history sort by key, then newest first, and give both back', () => {
    fc.assert(
      fc.property(key, timestamp, key, timestamp, (k1, t1, k2, t2) => {
        const [a, b] = [rows.historyRowKey(k1, t1), rows.historyRowKey(k2, t2)];
        expect(rows.parseHistoryRowKey(a)).to.deep.equal({ key: k1, written: t1 });
        const order = k1 === k2 ? Math.sign(t2 - t1) : k1 < k2 ? -1 : 1;
        expect(Buffer.compare(a, b)).to.equal(order);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of history lie in the ranges that are scanned for them, and in no other', () => {
    const inside = (rowKey: Uint8Array, { start, end }: { start: Uint8Array; end?: Uint8Array | undefined }) =>
      Buffer.compare(rowKey, start) >= 0 && (end === undefined || Buffer.compare(rowKey, end) < 0);
    fc.assert(
      fc.property(key, timestamp, key, key, timestamp, (k, t, a, b, at) => {
        const rowKey = rows.historyRowKey(k, t);
        const [start, end] = a < b ? [a, b] : [b, a];
        expect(inside(rowKey, rows.historyRowRange({ start, end }))).to.equal(k >= start && k < end);
        expect(inside(rowKey, rows.historyRangeOf(a, at))).to.equal(k === a && t <= at);
      }),
      { numRuns: 2_000 },
    );
  });

  it('with a stamp give back what was put in', () => {
    fc.assert(
      fc.property(key, timestamp, fc.uint8Array({ maxLength: 300 }), (k, t, value) => {
        const rowKey = rows.currentRowKey(k);
        const decoded = rows.decodeStamped(rowKey, rows.encodeStamped(rowKey, t, value));
        expect(decoded.timestamp).to.equal(t);
        expect(Buffer.compare(decoded.value, value)).to.equal(0);
      }),
    );
  });

  it('with a stamp have the checksum that every other CRC-32 has, however long they are', () => {
    for (let length = 0; length < 600; length++) {
      const value = Buffer.alloc(length, length * 7 + 1);
      const rowKey = rows.currentRowKey('k'.repeat(1 + (length % 40)));
      const row = rows.encodeStamped(rowKey, 2 ** 41 + length, value);
      expect(row.readUInt32BE(0), `${length} bytes`).to.equal(crc32(row.subarray(4), crc32(rowKey)));
      expect(rows.stampedChecksum(rowKey, 2 ** 41 + length, value)).to.equal(row.readUInt32BE(0));
    }
  });

  it('that are damaged in any bit, or stand under another key, are Corruption and never served', async () => {
    const rowKey = rows.currentRowKey('key');
    const row = rows.encodeStamped(rowKey, 12345, Buffer.from('value'));
    for (let bit = 0; bit < row.length * 8; bit++) {
      const damaged = Buffer.from(row);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      await failure(() => rows.decodeStamped(rowKey, damaged), 'Corruption');
    }
    await failure(() => rows.decodeStamped(rows.currentRowKey('kez'), row), 'Corruption');
    await failure(() => rows.decodeStamped(rowKey, row.subarray(0, 11)), 'Corruption');
    const guard = rows.encodeGuardRow({ epoch: 1, leader: 2, sequence: 3, clockBound: 4 });
    guard[9]! ^= 1;
    await failure(() => rows.decodeGuardRow(guard), 'Corruption');
  });

  it('that hold a transaction survive in parts of at most 1 MiB', () => {
    const row = {
      transaction: 'transaction.1',
      anchor: 's1',
      participants: ['s1', 's2'],
      minTimestamp: 2 ** 52 + 1,
      expiry: 2 ** 52 + 2,
      readKeys: ['\0\xff'],
      readSpans: [
        { start: '', end: undefined },
        { start: 'a', end: 'b' },
      ],
      writeKeys: ['k1', 'k\xff', 'k3'],
      writeValues: [Buffer.alloc(1024 * 1024, 1), null, Buffer.alloc(2_500_000, 2)],
    };
    const entries = rows.encodePreparedRow(row);
    expect(entries).to.have.lengthOf(4);
    const parts = new rows.PartsDecoder();
    let whole;
    for (const [entryKey, value] of entries) {
      expect(value.length).to.be.at.most(rows.PART_BYTES_MAX + 16);
      whole = parts.add(Buffer.from(entryKey).toString('latin1'), value);
    }
    parts.finish();
    expect(whole && rows.decodePreparedRow(whole.rowKey, whole.payload)).to.deep.equal(row);
  });

  it('of the journal give their groups back', () => {
    const groups = [2 ** 52, 2 ** 51 + 1].map((complete) => ({
      sequence: 7,
      epoch: 2,
      writtenAt: 2 ** 52,
      complete,
      commits: [
        { transaction: 't1.1', timestamp: 2 ** 52 - 1, keys: ['a', '\0\xff'], superseded: [0, 2 ** 51] },
        { transaction: 't2.1', timestamp: 2 ** 52, keys: [], superseded: [] },
      ],
    }));
    for (const row of groups) {
      const [entry] = rows.encodeJournalRow(row);
      const whole = new rows.PartsDecoder().add(Buffer.from(entry![0]).toString('latin1'), entry![1])!;
      expect(rows.decodeJournalRow(whole.rowKey, whole.payload)).to.deep.equal(row);
    }
  });

  it('of a newer format are refused', async () => {
    const row = rows.encodeIdentityRow({ database: 'd', shard: 's', layout: [] });
    expect(rows.decodeIdentityRow(row)).to.deep.equal({ database: 'd', shard: 's', layout: [] });
    const newer = rows.encodeIdentityRow({ database: 'd', shard: 's', layout: [] }, 4);
    await failure(() => rows.decodeIdentityRow(newer), 'InvalidArgument');
  });
});
