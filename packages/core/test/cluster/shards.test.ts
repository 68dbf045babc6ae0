import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { openDatabase, type Database } from '@pandakv/core';
import { level } from '@pandakv/engine-level';
import { listed, openForTest, threeShards } from '../support/databases.js';
import { failure } from '../support/failure.js';
import { onDisk } from '../support/stores.js';
import { freshStore } from '../support/test-engine.js';
import { tempFolder } from '../support/temp-folder.js';

const shape = (db: Database): string[] => db.ranges().map(({ id, shard }) => `${id} ${shard}`);
const KEYS = ['a', 'l', 'x'];
const fill = async (db: Database): Promise<void> => {
  await db.write(KEYS.map((key) => ({ type: 'set', key, value: key }) as const));
};

describe('P8: the shards of an open database', () => {
  it('can be more: one is added, takes ranges, and is there after the database was opened again', async () => {
    const folder = tempFolder();
    const config = onDisk(folder);
    const s4 = { id: 's4', engine: level({ location: `${folder}/s4` }) };
    const db = await openDatabase(config);
    await fill(db);
    await db.addShard(s4);
    await db.move({ start: 'k', end: 't' }, 's4');
    await db.write([{ type: 'set', key: 'm', value: 'on s4' }]);
    expect(shape(db)).to.deep.equal(['r1 s1', 'r2 s4', 'r3 s3']);
    await db.close();
    await failure(openDatabase(config), 'InvalidArgument');
    const again = await openForTest({ ...config, shards: [...config.shards, s4] });
    expect(shape(again)).to.deep.equal(['r1 s1', 'r2 s4', 'r3 s3']);
    expect(await listed(again.scan({}))).to.deep.equal(['a=a', 'l=l', 'm=on s4', 'x=x']);
  });

  it('can be fewer: one is drained and removed, and need not be given any more', async () => {
    const folder = tempFolder();
    const config = onDisk(folder);
    const db = await openDatabase(config);
    await fill(db);
    await db.split('v');
    expect((await failure(db.removeShard('s3'), 'InvalidArgument')).message).to.contain('drain');
    await db.drainShard('s3');
    expect(shape(db)).to.deep.equal(['r1 s1', 'r2 s2', 'r3 s1', 'r4 s2']);
    await failure(db.move({ end: 'k' }, 's3'), 'InvalidArgument');
    await db.removeShard('s3');
    expect((await db.status()).map(({ id }) => id)).to.deep.equal(['s1', 's2']);
    await fill(db);
    await db.close();
    const again = await openForTest({ shards: config.shards.slice(0, 2) });
    expect(await listed(again.scan({}))).to.deep.equal(KEYS.map((key) => `${key}=${key}`));
  });

  it('take their outcomes along: what had committed there alone is not called aborted, and not run again', async () => {
    const db = await threeShards();
    const id = db.newTransactionId();
    const run = (): Promise<unknown> => db.transact((transaction) => transaction.set('x', 'here'), { id });
    await run();
    const begun = db.begin();
    begun.abort();
    await db.drainShard('s3');
    expect(await db.outcome(id)).to.have.property('status', 'committed');
    await db.removeShard('s3');
    await failure(db.outcome(id), 'SnapshotTooOld');
    await failure(run(), 'SnapshotTooOld');
    await failure(db.outcome(begun.id), 'SnapshotTooOld');
    const later = db.newTransactionId();
    expect(await db.outcome(later)).to.deep.equal({ status: 'aborted' });
  });

  it('are refused with a reason: an id or a store that is taken, a foreign store, an unknown shard, one that moves', async () => {
    const folder = tempFolder();
    const foreign = await openDatabase({ shards: [{ id: 's4', engine: level({ location: `${folder}/foreign` }) }] });
    await foreign.close();
    const db = await openDatabase(onDisk(`${folder}/mine`));
    await failure(db.addShard({ id: 's1', engine: await freshStore(0) }), 'InvalidArgument');
    await failure(db.addShard({ id: 's4', engine: level({ location: `${folder}/mine/s1` }) }), 'InvalidArgument');
    await failure(db.addShard({ id: 's4', engine: level({ location: `${folder}/foreign` }) }), 'InvalidArgument');
    await failure(db.removeShard('s9'), 'InvalidArgument');
    await failure(db.drainShard('s9'), 'InvalidArgument');
    await failure(db.removeShard('s1'), 'InvalidArgument');
    await db.close();
  });

  it('keep one that takes part in a move', async () => {
    const db = await threeShards();
    await db.move({ start: 't' }, 's2');
    await db.movesCleaned();
    await db.write(Array.from({ length: 2_000 }, (_, at) => ({ type: 'set', key: `a${at}`, value: 'x'.repeat(100) }) as const));
    const abort = new AbortController();
    const moving = db.move({ end: 'k' }, 's3', { bytesPerSecond: 50_000, signal: abort.signal });
    moving.catch(() => undefined);
    while ((await db.moves()).length === 0) await setTimeout(5);
    await failure(db.removeShard('s3'), 'InvalidArgument');
    abort.abort();
    await moving.catch(() => undefined);
    await db.movesCleaned();
    await db.removeShard('s3');
  });
});
