import { expect } from 'chai';
import { prefix, type Database } from '@pandakv/core';
import { versionstampOf } from '@pandakv/core/shard';
import { listed, openForTest, text, threeShards } from '../support/databases.js';
import { failure } from '../support/failure.js';
import { storesOf } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';

const NOTHING = Buffer.alloc(10);
const PREFIX = 'log/';
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

/** Adds an entry at the end of a log; answers its stamp. */
async function append(db: Database, entry: string, suffix = ''): Promise<string> {
  const transaction = db.begin();
  const key = Buffer.concat([Buffer.from(PREFIX), NOTHING, Buffer.from(suffix)]);
  transaction.setVersionstampedKey({ key, offset: PREFIX.length }, entry);
  expect(transaction.versionstamp).to.equal(undefined);
  await transaction.commit();
  return hex(transaction.versionstamp);
}

async function logOf(db: Database): Promise<{ stamp: string; entry: string }[]> {
  const found: { stamp: string; entry: string }[] = [];
  for await (const [key, value] of db.scan(prefix(PREFIX))) {
    found.push({ stamp: hex(key.subarray(PREFIX.length, PREFIX.length + 10)), entry: text(value)! });
  }
  return found;
}

describe('versionstamps', () => {
  let db: Database;
  beforeEach(async () => {
    db = await threeShards();
  });

  it('in keys differ, are in the order of the commits, and are told to whoever wrote them', async () => {
    const first = await append(db, 'first');
    const many = await Promise.all(Array.from({ length: 60 }, (_, n) => append(db, String(n))));
    const last = await append(db, 'last');
    const log = await logOf(db);
    expect(log.length).to.equal(62);
    expect(log[0]).to.deep.equal({ stamp: first, entry: 'first' });
    expect(log.at(-1)).to.deep.equal({ stamp: last, entry: 'last' });
    expect(log.map(({ stamp }) => stamp)).to.have.members([first, ...many, last]);
    for (const [n, stamp] of many.entries()) expect(log.find(({ entry }) => entry === String(n))!.stamp).to.equal(stamp);
    expect(db.statistics().retries).to.equal(0);
  });

  it('are the timestamp and the shard of the commit, in keys and values alike', async () => {
    const transaction = db.begin();
    const key = Buffer.concat([Buffer.from(PREFIX), NOTHING, Buffer.from('/end')]);
    transaction.setVersionstampedKey({ key, offset: PREFIX.length }, 'entry');
    transaction.setVersionstampedValue('m', { value: Buffer.concat([Buffer.from('at '), NOTHING]), offset: 3 });
    transaction.change('n', { type: 'append', suffix: 'x' });
    const committedAt = await transaction.commit();
    const stamp = versionstampOf(committedAt, 's2');
    expect(hex(transaction.versionstamp)).to.equal(hex(Buffer.from(stamp, 'latin1')));
    expect(hex(await db.get('m'))).to.equal(hex(Buffer.from(`at ${stamp}`, 'latin1')));
    expect(await db.get(Buffer.from(`log/${stamp}/end`, 'latin1'))).to.deep.equal(Buffer.from('entry'));
    expect(text(await db.get('n'))).to.equal('x');
  });

  it('are written without a transaction, too', async () => {
    const key = Buffer.concat([Buffer.from(PREFIX), NOTHING]);
    const timestamp = await db.write([
      { type: 'setVersionstampedKey', key, offset: PREFIX.length, value: 'entry' },
      { type: 'setVersionstampedValue', key: 'm', value: Buffer.concat([Buffer.from('at '), NOTHING]), offset: 3 },
    ]);
    const stamp = hex(Buffer.from(versionstampOf(timestamp, 's2'), 'latin1'));
    expect(await logOf(db)).to.deep.equal([{ stamp, entry: 'entry' }]);
    expect(hex(await db.get('m'))).to.equal(hex(Buffer.from('at ')) + stamp);
  });

  it('go on growing after a restart, and when the range has moved', async () => {
    const folder = tempFolder();
    const before = await openForTest(await storesOf(folder));
    const stamps = [await append(before, '0'), await append(before, '1')];
    await before.close();
    const after = await openForTest(await storesOf(folder));
    stamps.push(await append(after, '2'));
    await after.move({ start: 'k', end: 'm' }, 's1');
    stamps.push(await append(after, '3'));
    await after.split(Buffer.concat([Buffer.from(PREFIX), Buffer.from(stamps[1]!, 'hex')]));
    stamps.push(await append(after, '4'));
    expect((await logOf(after)).map(({ stamp }) => stamp)).to.deep.equal(stamps);
    expect(stamps).to.deep.equal([...stamps].sort());
  });

  it('come before and after keys that somebody has made up', async () => {
    const folder = tempFolder();
    const before = await openForTest(await storesOf(folder));
    const made = (byte: number) =>
      ({ type: 'set', key: Buffer.concat([Buffer.from(PREFIX), Buffer.alloc(10, byte)]), value: 'made up' }) as const;
    await before.write([made(0), made(0x80)]);
    await before.close();
    const after = await openForTest(await storesOf(folder));
    await append(after, 'first');
    await append(after, 'second');
    expect((await logOf(after)).map(({ entry }) => entry)).to.deep.equal(['made up', 'first', 'second', 'made up']);
  });

  it('make those conflict who have read where the key comes to lie', async () => {
    const reader = db.begin();
    await listed(reader.scan(prefix(PREFIX)));
    await append(db, 'meanwhile');
    reader.set('m', '1');
    await failure(reader.commit(), 'Conflict');
  });

  it('are seen by the transaction behind all others, and deleted with what it deletes', async () => {
    await append(db, 'old');
    const transaction = db.begin();
    const key = Buffer.concat([Buffer.from(PREFIX), NOTHING]);
    transaction.setVersionstampedKey({ key, offset: PREFIX.length }, 'new');
    expect((await listed(transaction.scan(prefix(PREFIX)))).map((entry) => entry.slice(-3))).to.deep.equal(['old', 'new']);
    transaction.deleteRange(prefix(PREFIX));
    transaction.setVersionstampedValue('m', { value: NOTHING });
    transaction.set('m', 'plain');
    await transaction.commit();
    expect(await listed(db.scan({}))).to.deep.equal(['m=plain']);
    expect(transaction.versionstamp).to.equal(undefined);
  });

  it('that cannot be are refused, and nothing changes', async () => {
    const short = db.begin();
    expect(() => short.setVersionstampedValue('m', { value: NOTHING, offset: 1 })).to.throw('10 bytes');
    expect(() => short.setVersionstampedKey({ key: 'short', offset: 0 }, '')).to.throw('10 bytes');
    short.abort();
    await failure(
      async () => await db.write([{ type: 'setVersionstampedKey', key: 'short', offset: 0, value: '' }]),
      'InvalidArgument',
    );
    await failure(async () => await db.write([{ type: 'setVersionstampedValue', key: 'm', value: 'short' }]), 'InvalidArgument');
    await db.split(Buffer.concat([Buffer.from(PREFIX), Buffer.alloc(10, 0x80)]));
    await failure(append(db, 'divided'), 'InvalidArgument');
    expect(await listed(db.scan({}))).to.deep.equal([]);
  });
});
