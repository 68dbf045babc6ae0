import { expect } from 'chai';
import { openDatabase, type BalanceOptions, type BalanceProgress, type Database } from '@pandakv/core';
import { listed, openForTest, threeShards } from '../support/databases.js';
import { failure } from '../support/failure.js';
import { storesOf } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';
import { freshStore, keptStore } from '../support/test-engine.js';
import { until } from '../support/until.js';

/** Even small shards are made even, and nothing is joined, so that what is seen is what has moved. */
const SMALL: BalanceOptions = { bytesMin: 1_024, mergeBytesMax: 0, latencyFactorMax: Infinity };
const ROWS = 2_000;

/** As many rows for each of the names. */
async function fill(db: Database, names: readonly string[], rows = ROWS): Promise<void> {
  for (const name of names) {
    for (let at = 0; at < rows; at += 500) {
      const keys = Array.from({ length: 500 }, (_, i) => `${name}/${String(at + i).padStart(6, '0')}`);
      await db.write(keys.map((key) => ({ type: 'set', key, value: `value of ${key}`.padEnd(80, '.') }) as const));
    }
  }
}

/** Rows of each shard, by who serves their keys. */
async function rowsByShard(db: Database): Promise<number[]> {
  const rows = new Map((await db.shards()).map(({ id }) => [id, 0]));
  for (const { start, end, shard } of db.ranges()) {
    const found = await listed(db.scan({ start, ...(end === undefined ? {} : { end }) }));
    rows.set(shard, rows.get(shard)! + found.length);
  }
  return [...rows.values()];
}

async function withFourth(): Promise<Database> {
  const db = await threeShards();
  await fill(db, ['a', 'm', 'z']);
  await db.addShard({ id: 's4', engine: await freshStore(3) });
  return db;
}

const isNothing = ({ plan }: Awaited<ReturnType<Database['balance']>>): boolean =>
  plan.splits.length + plan.moves.length + plan.merges.length === 0;

describe('a balance', () => {
  it('makes four shards even after the fourth was added, loses nothing, and has nothing to do when run again', async () => {
    const db = await withFourth();
    const all = await listed(db.scan({}));
    const before = db.snapshot();
    const planned = await db.balance({ ...SMALL, plan: true });
    expect(await rowsByShard(db)).to.deep.equal([ROWS, ROWS, ROWS, 0]);
    const { plan, moved } = await db.balance(SMALL);
    const movesOf = ({ moves }: typeof plan) => moves.map(({ start, end, from, to, bytes }) => ({ start, end, from, to, bytes }));
    expect(movesOf(plan)).to.deep.equal(movesOf(planned.plan));
    expect(moved.ranges).to.equal(3);
    expect(moved.refused).to.equal(0);
    expect(moved.bytes).to.be.at.most(1.1 * plan.shards.reduce((sum, { bytes }) => sum + bytes, 0) * 0.25);
    for (const rows of await rowsByShard(db)) expect(rows).to.be.within(0.9 * 0.75 * ROWS, 1.1 * 0.75 * ROWS);
    expect(await listed(db.scan({}))).to.deep.equal(all);
    expect(await listed(before.scan({}))).to.deep.equal(all);
    expect(isNothing(await db.balance(SMALL))).to.equal(true);
  });

  it('counts what it does, and keeps to a number of moves at once', async () => {
    const db = await withFourth();
    const steps: BalanceProgress[] = [];
    await db.balance({ ...SMALL, movesAtOnce: 3, bytesPerSecond: 100_000_000, onProgress: (step) => steps.push(step) });
    const phases = [...new Set(steps.map(({ phase }) => phase))];
    expect(phases).to.deep.equal(['plan', 'split', 'move', 'clean', 'done']);
    const { moves, moved, bytes, bytesPlanned } = steps.at(-1)!;
    expect([moves, moved]).to.deep.equal([3, 3]);
    expect(bytes / bytesPlanned).to.be.within(0.9, 1.1);
  });

  it('joins small neighbours on one shard again', async () => {
    const db = await threeShards();
    await fill(db, ['a'], 500);
    for (const key of ['b', 'c', 'd', 'l']) await db.split(key);
    expect(db.ranges().length).to.equal(7);
    await db.balance();
    expect(db.ranges().map(({ shard }) => shard)).to.deep.equal(['s1', 's2', 's3']);
    expect(isNothing(await db.balance())).to.equal(true);
  });

  it('divides a range that is asked for much, and tells of a key that no split can help', async () => {
    const db = await threeShards();
    await fill(db, ['a', 'm', 'z']);
    const options: BalanceOptions = { ...SMALL, loadMin: 10, plan: true };
    for (let at = 0; at < 20_000; at++) await db.get(`a/${String((at * 7) % 500).padStart(6, '0')}`);
    const { plan } = await db.balance(options);
    expect(plan.hotKeys).to.deep.equal([]);
    const mean = plan.shards.reduce((sum, { load }) => sum + load, 0) / 3;
    expect(plan.shards[0]!.load).to.be.at.least(2 * mean);
    for (const { loadAfter } of plan.shards) expect(loadAfter).to.be.at.most(1.3 * mean);
    for (let at = 0; at < 60_000; at++) await db.get('m/000007');
    const { hotKeys } = (await db.balance(options)).plan;
    expect(hotKeys.map(({ key, shard }) => `${Buffer.from(key).toString()} ${shard}`)).to.deep.equal(['m/000007 s2']);
  });

  it('is helped by what is known of shards and ranges: how much is asked for, and how far copies are behind', async () => {
    const db = await threeShards();
    await fill(db, ['a']);
    for (let at = 0; at < 5_000; at++) await db.get('m/000007');
    const [first, second, third] = await db.shards();
    expect(first!.load).to.be.above(0);
    expect(second!.load).to.be.above(first!.load);
    expect([third!.load, third!.lag]).to.deep.equal([0, undefined]);
    const stop = new AbortController();
    const moving = db.move({ end: 'k' }, 's3', { bytesPerSecond: 20_000, signal: stop.signal });
    await until(async () => (await db.rangeSizes())[0]!.lag !== undefined);
    expect((await db.shards()).map(({ lag }) => typeof lag)).to.deep.equal(['number', 'undefined', 'undefined']);
    stop.abort();
    await moving.catch(() => undefined);
    expect((await db.rangeSizes())[0]!.lag).to.equal(undefined);
  });

  it('that was cancelled leaves a database that a later one makes even', async () => {
    const db = await withFourth();
    const all = await listed(db.scan({}));
    const stop = new AbortController();
    const cancelled = db.balance({
      ...SMALL,
      signal: stop.signal,
      onProgress: ({ moved, move }) => {
        if (moved === 1 && move?.phase === 'copy') stop.abort();
      },
    });
    expect(await cancelled.catch((error: unknown) => error)).to.have.property('name', 'AbortError');
    expect(await db.moves()).to.deep.equal([]);
    expect(db.ranges().filter(({ shard }) => shard === 's4').length).to.equal(1);
    await db.balance(SMALL);
    for (const rows of await rowsByShard(db)) expect(rows).to.be.within(0.9 * 0.75 * ROWS, 1.1 * 0.75 * ROWS);
    expect(await listed(db.scan({}))).to.deep.equal(all);
  });

  it('goes on with a move that was cut off when the database was closed', async () => {
    const folder = tempFolder();
    const config = async () => {
      const { shards } = await storesOf(folder);
      return { shards: [...shards, { id: 's4', engine: await keptStore(folder, 3) }] };
    };
    let db = await openForTest(await storesOf(folder));
    await fill(db, ['a', 'm', 'z']);
    const all = await listed(db.scan({}));
    await db.close();
    db = await openForTest(await config());
    let closing: Promise<void> | undefined;
    const onProgress = ({ move }: BalanceProgress): void => {
      if (move?.phase === 'copy') closing ??= db.close();
    };
    await failure(db.balance({ ...SMALL, bytesPerSecond: 200_000, onProgress }), 'Closed');
    await closing;
    db = await openForTest(await config());
    expect((await db.moves()).length).to.equal(1);
    await db.balance(SMALL);
    expect(await db.moves()).to.deep.equal([]);
    for (const rows of await rowsByShard(db)) expect(rows).to.be.within(0.9 * 0.75 * ROWS, 1.1 * 0.75 * ROWS);
    expect(await listed(db.scan({}))).to.deep.equal(all);
  });

  it('runs by itself in the background where that is wanted', async () => {
    const errors: unknown[] = [];
    const engines = await Promise.all([0, 1].map((at) => freshStore(at)));
    const db = await openForTest({
      shards: engines.map((engine, at) => ({ id: `s${at + 1}`, engine })),
      splits: [{ key: 'y', shard: 's2' }],
      balance: { everyMs: 20, bytesMin: 1_024, mergeBytesMax: 0, onError: (error) => errors.push(error) },
    });
    await fill(db, ['a'], 1_000);
    const isEven = async (): Promise<boolean> => (await rowsByShard(db)).every((rows) => rows > 440);
    await until(isEven);
    expect(errors).to.deep.equal([]);
  });

  it('is refused while another runs, and with options that make no sense', async () => {
    const db = await withFourth();
    const running = db.balance(SMALL);
    await failure(db.balance(SMALL), 'InvalidArgument');
    await running;
    const wrong: BalanceOptions[] = [{ movesAtOnce: 0 }, { bytesPerSecond: 0 }, { tolerance: -1 }, { rangeBytesMax: 1 }];
    for (const options of wrong) await failure(db.balance(options), 'InvalidArgument');
    await failure(
      openDatabase({ shards: [{ id: 's1', engine: await freshStore(0) }], balance: { movesAtOnce: 0 } }),
      'InvalidArgument',
    );
  });
});
