import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { openDatabase, prefix, type Database, type MovePhase } from '@pandakv/core';
import type { Engine, WriteBatch } from '@pandakv/core/engine';
import { listed, openForTest, text, threeShards } from '../support/databases.js';
import { hooked, withHooks } from '../support/engines.js';
import { failure } from '../support/failure.js';
import { SEED, withSeed } from '../support/random.js';
import { storesOf } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';
import { freshStore } from '../support/test-engine.js';
import { transferOne } from '../support/transfers.js';

const MIB = 1024 * 1024;
const shape = (db: Database): string[] => db.ranges().map(({ id, epoch, shard }) => `${id}@${epoch} ${shard}`);

async function fill(db: Database, count: number, name = 'a'): Promise<void> {
  for (let at = 0; at < count; at += 1_000) {
    const keys = Array.from({ length: Math.min(1_000, count - at) }, (_, i) => `${name}/${String(at + i).padStart(7, '0')}`);
    await db.write(keys.map((key) => ({ type: 'set', key, value: `value of ${key}` }) as const));
  }
}

describe('a move of a range', () => {
  it('brings current rows and history to the other shard, and snapshots and outcomes do not notice', async () => {
    const db = await threeShards();
    const transaction = db.begin();
    transaction.set('a/1', 'first');
    transaction.set('a/2', 'first');
    await transaction.commit();
    const first = db.snapshot();
    await db.write([
      { type: 'set', key: 'a/1', value: 'second' },
      { type: 'delete', key: 'a/2' },
      { type: 'set', key: '\0\0', value: 'zeros' },
    ]);
    const second = db.snapshot();
    const phases = new Set<MovePhase>();
    await db.move({ end: 'k' }, 's2', { onProgress: ({ phase }) => phases.add(phase) });
    expect([...phases]).to.deep.equal(['clear', 'copy', 'tail', 'verify', 'cut-over', 'done']);
    expect(shape(db)).to.deep.equal(['r1@2 s2', 'r2@1 s2', 'r3@1 s3']);
    await db.movesCleaned();
    expect(await listed(first.scan({}))).to.deep.equal(['a/1=first', 'a/2=first']);
    expect(await listed(second.scan({}))).to.deep.equal(['\0\0=zeros', 'a/1=second']);
    expect(text(await first.get('a/2'))).to.equal('first');
    expect(await second.get('a/2')).to.equal(undefined);
    expect((await db.outcome(transaction.id)).status).to.equal('committed');
    await db.write([{ type: 'set', key: 'a/1', value: 'third' }]);
    expect(await listed(db.scan({}))).to.deep.equal(['\0\0=zeros', 'a/1=third']);
    expect(await listed(second.scan({}))).to.deep.equal(['\0\0=zeros', 'a/1=second']);
    expect(await db.moves()).to.deep.equal([]);
  });

  it('leaves nothing at the source, and goes there and back again, also after the database was opened again', async () => {
    const folder = tempFolder();
    let db = await openDatabase(await storesOf(folder));
    await fill(db, 3_000);
    const all = await listed(db.scan({}));
    for (const to of ['s2', 's3', 's1', 's2', 's1']) {
      await db.write([{ type: 'set', key: 'a/0000001', value: to }]);
      await db.write([{ type: 'delete', key: 'a/0000002' }]);
      await db.move(prefix('a'), to);
      expect(text(await db.get('a/0000001'))).to.equal(to);
      expect(await db.get('a/0000002')).to.equal(undefined);
      await db.write([
        { type: 'set', key: 'a/0000001', value: 'value of a/0000001' },
        { type: 'set', key: 'a/0000002', value: 'value of a/0000002' },
      ]);
      if (to === 's3') {
        await db.close();
        db = await openDatabase(await storesOf(folder));
      }
      expect(await listed(db.scan({}))).to.deep.equal(all);
    }
    await db.movesCleaned();
    await db.close();
    for (const [at, { engine }] of (await storesOf(folder)).shards.entries()) {
      if (typeof engine !== 'object' || !('plugin' in engine)) throw new Error('a store of a test names its plugin');
      const store = await engine.plugin.open(engine.options);
      const { entries } = await store.scan(
        { start: Buffer.from('da'), end: Buffer.from('db') },
        { limit: Infinity, maxBytes: Infinity },
      );
      const old = await store.scan({ start: Buffer.from('ha'), end: Buffer.from('hb') }, { limit: Infinity, maxBytes: Infinity });
      expect(entries.length).to.equal(at === 0 ? 3_000 : 0);
      expect(old.entries.length > 0).to.equal(at === 0);
      await store.close();
    }
  });

  it('of what a shard had before does not bring its old memory back', async () => {
    const db = await threeShards();
    await db.write([{ type: 'set', key: 'a', value: '1' }]);
    expect(await db.get('b')).to.equal(undefined);
    await db.move({ end: 'k' }, 's2');
    await db.write([
      { type: 'set', key: 'a', value: '2' },
      { type: 'set', key: 'b', value: '2' },
    ]);
    await db.move({ end: 'k' }, 's1');
    expect(text(await db.get('a'))).to.equal('2');
    expect(text(await db.get('b'))).to.equal('2');
    expect(await listed(db.scan({}))).to.deep.equal(['a=2', 'b=2']);
  });

  it('carries the reads that were served: nothing is written under them', async () => {
    const db = await threeShards();
    await db.write([{ type: 'set', key: 'a', value: '1' }]);
    const transaction = db.begin();
    expect(text(await transaction.get('a'))).to.equal('1');
    transaction.set('z', 'saw 1');
    const snapshot = db.snapshot();
    expect(text(await snapshot.get('a'))).to.equal('1');
    await db.move({ end: 'k' }, 's2');
    await db.write([{ type: 'set', key: 'a', value: '2' }]);
    expect(text(await snapshot.get('a'))).to.equal('1');
    expect((await failure(transaction.commit(), 'Conflict')).retryable).to.equal(true);
  });

  it('is refused where it makes no sense, and changes nothing then', async () => {
    const db = await threeShards();
    const before = shape(db);
    await failure(db.move({ end: 'k' }, 's9'), 'InvalidArgument');
    await failure(db.move({ end: 'k' }, 's2', { bytesPerSecond: 0 }), 'InvalidArgument');
    await failure(db.resumeMove('r1'), 'InvalidArgument');
    await failure(db.cancelMove('r1'), 'InvalidArgument');
    expect(shape(db)).to.deep.equal(before);
  });

  it('is refused where the shard is full, or its engine could not hold the rows', async () => {
    const [from, full, free] = await Promise.all([0, 1, 2].map((at) => freshStore(at)));
    const db = await openForTest({
      shards: [
        { id: 's1', engine: from! },
        { id: 's2', engine: full!, bytesMax: 5_000 },
      ],
      splits: [{ key: 'z', shard: 's2' }],
    });
    await fill(db, 200);
    await db.move({ start: 'a/0000190', end: 'z' }, 's2');
    expect((await failure(db.move({ end: 'a/0000190' }, 's2'), 'InvalidArgument')).message).to.match(/^The shard 's2' is full/);
    await failure(db.migrate.start({ from: ['s1'], to: ['s2'] }), 'InvalidArgument');
    const { plugin, options } = free!;
    const open = async (given: never): Promise<Engine> => {
      const engine = await plugin.open(given);
      return { ...withHooks(engine, {}), capabilities: { ...engine.capabilities, batchBytesMax: 1024 * 1024 } };
    };
    const small = hooked({ plugin: { ...plugin, open }, options }, {});
    expect((await failure(db.addShard({ id: 's3', engine: small }), 'InvalidArgument')).shard).to.equal('s3');
    expect(await db.moves()).to.deep.equal([]);
  });

  it('keeps others from moving, splitting or merging the range; it can be cancelled, and then nothing is left of it', async () => {
    const db = await threeShards();
    await fill(db, 2_000);
    const abort = new AbortController();
    const moving = db.move({ end: 'k' }, 's2', { bytesPerSecond: 20_000, signal: abort.signal });
    moving.catch(() => undefined);
    while ((await db.moves()).length === 0) await setTimeout(5);
    expect((await db.moves()).map(({ range, to }) => `${range.id} ${range.shard} ${to}`)).to.deep.equal(['r1 s1 s2']);
    await failure(db.move({ end: 'k' }, 's3'), 'InvalidArgument');
    await failure(db.resumeMove('r1'), 'InvalidArgument');
    await failure(db.split('c'), 'InvalidArgument');
    abort.abort();
    let error: unknown;
    await moving.catch((reason: unknown) => (error = reason));
    expect((error as Error).name).to.equal('AbortError');
    expect(await db.moves()).to.deep.equal([]);
    await db.movesCleaned();
    await db.split('c');
    expect((await listed(db.scan({}))).length).to.equal(2_000);
    await db.move({ end: 'k' }, 's2');
    expect((await listed(db.scan({}))).length).to.equal(2_000);
  });

  it('takes along what changes meanwhile in batches of a few MiB, however large the values and the commits are', async () => {
    const valueOf = (key: number, round: number): Buffer => Buffer.alloc(MIB, key * 7 + round);
    const writeAll = async (round: number): Promise<void> => {
      for (let from = 0; from < 24; from += 12) {
        const keys = Array.from({ length: 12 }, (_, at) => from + at);
        await db.write(keys.map((key) => ({ type: 'set', key: `a${key}`, value: valueOf(key, round) }) as const));
      }
    };
    const brought: number[] = [];
    let isMoving = false;
    const write = async ({ puts = [] }: WriteBatch, apply: () => Promise<void>): Promise<void> => {
      // The first batch begins the import, the second says from where on changes are followed.
      if (isMoving && brought.push(puts.reduce((sum, [, value]) => sum + value.length, 0)) === 2) await writeAll(2);
      await apply();
    };
    const db = await threeShards((source, shard) => (shard === 's2' ? hooked(source, { write }) : source));
    await writeAll(1);
    const first = db.snapshot();
    isMoving = true;
    await db.move({ end: 'k' }, 's2');
    expect(Math.max(...brought)).to.be.within(MIB, 4 * MIB);
    for (let key = 0; key < 24; key++) {
      expect(valueOf(key, 1).equals((await first.get(`a${key}`))!)).to.equal(true);
      expect(valueOf(key, 2).equals((await db.get(`a${key}`))!)).to.equal(true);
    }
  });

  it('that was interrupted goes on where it stopped', async () => {
    const folder = tempFolder();
    const db = await openDatabase(await storesOf(folder));
    await fill(db, 30_000);
    const all = await listed(db.scan({}));
    let rows = 0;
    const moving = db.move({ end: 'k' }, 's2', { bytesPerSecond: 4_000_000, onProgress: (progress) => (rows = progress.rows) });
    const stopped = failure(moving, 'Closed');
    while (rows === 0) await setTimeout(5);
    await db.close();
    await stopped;
    const again = await openForTest(await storesOf(folder));
    await again.write([{ type: 'set', key: 'a/0000001', value: 'new' }]);
    expect((await again.moves()).length).to.equal(1);
    let brought = 0;
    await again.resumeMove('r1', { onProgress: (progress) => (brought = progress.rows) });
    expect(brought).to.be.lessThan(30_000);
    expect(shape(again)[0]).to.equal('r1@2 s2');
    expect(await listed(again.scan({}))).to.deep.equal(
      all.map((entry) => (entry.startsWith('a/0000001') ? 'a/0000001=new' : entry)),
    );
  });
});

describe(`moves under load (PANDA_SEED=${SEED})`, () => {
  it('lose no write, show no half, raise no error: a bank keeps its total', async () => {
    await withSeed(async (random) => {
      const db = await threeShards();
      const accounts = Array.from({ length: 30 }, (_, at) => `${'akt'[at % 3]}/${at}`);
      await db.write(accounts.map((key) => ({ type: 'set', key, value: '10' }) as const));
      await fill(db, 3_000, 'b');
      let running = true;
      let transfers = 0;
      const counts = new Map<string, number>();
      const one = (): string => accounts[Math.floor(random() * accounts.length)]!;
      const writer = async (name: string): Promise<void> => {
        while (running) {
          const [from, to] = [one(), one()];
          if (from === to) continue;
          await transferOne(db, from, to);
          transfers++;
          const count = (counts.get(name) ?? 0) + 1;
          counts.set(name, count);
          await db.write([{ type: 'set', key: name, value: String(count) }]);
          expect(Number(text(await db.get(name)))).to.equal(count);
          await setTimeout(1);
        }
      };
      const reader = async (): Promise<void> => {
        while (running) {
          let total = 0;
          for (const value of await db.getMany(accounts)) total += Number(text(value));
          expect(total).to.equal(300);
          expect((await listed(db.scan(prefix('b/')))).length).to.equal(3_000);
          await setTimeout(1);
        }
      };
      const pauses: number[] = [];
      const mover = async (): Promise<void> => {
        for (let i = 0; i < 8; i++) {
          const range = db.ranges()[Math.floor(random() * 3)]!;
          const to = ['s1', 's2', 's3'].filter((id) => id !== range.shard)[Math.floor(random() * 2)]!;
          await db.move({ start: range.start, ...(range.end === undefined ? {} : { end: range.end }) }, to, {
            onProgress: ({ pauseMs }) => {
              if (pauseMs !== undefined) pauses.push(pauseMs);
            },
          });
        }
      };
      const writers = ['c1', 'l2', 'u3', 'c4'].map((name) => writer(name));
      await Promise.all([...writers, reader(), mover()].map((work) => work.finally(() => (running = false))));
      expect(pauses.length).to.equal(8);
      expect(transfers).to.be.greaterThan(20);
      for (const [name, count] of counts) expect(Number(text(await db.get(name)))).to.equal(count);
    });
  }).timeout(120_000);
});
