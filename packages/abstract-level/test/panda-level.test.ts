import { openDatabase, PandaError, prefix, type Database } from '@pandakv/core';
import { level } from '@pandakv/engine-level';
import { PandaLevel } from '@pandakv/abstract-level';
import { MemoryLevel } from 'memory-level';
import { expect } from 'chai';

const codeOf = async (work: Promise<unknown> | (() => unknown)): Promise<unknown> => {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    return (error as { code?: unknown }).code ?? (error as Error).name;
  }
  return 'nothing failed';
};

describe('PandaLevel', () => {
  let database: Database;
  let entries: PandaLevel;
  beforeEach(async () => {
    const shards = ['a', 'b'].map((id) => ({ id, engine: level({ memory: true }) }));
    database = await openDatabase({ shards, splits: [{ key: 'level/m', shard: 'b' }] });
    entries = new PandaLevel(database, { permanence: false });
  });
  afterEach(() => database.close());

  it('writes a batch over several shards as one transaction, and iterates over all of them in order', async () => {
    const before = database.statistics().crossShardCommits;
    await entries.batch(['z', 'a', 'm', ''].map((key) => ({ type: 'put', key, value: key.toUpperCase() })));
    expect(database.statistics().crossShardCommits).to.equal(before + 1);
    expect(await entries.keys().all()).to.deep.equal(['', 'a', 'm', 'z']);
    expect(await entries.values({ reverse: true, gt: '', limit: 2 }).all()).to.deep.equal(['Z', 'M']);
    const iterator = entries.iterator();
    await iterator.next();
    iterator.seek('b');
    expect(await iterator.all()).to.deep.equal([
      ['m', 'M'],
      ['z', 'Z'],
    ]);
  });

  it('keeps to its prefix, beside others', async () => {
    const other = new PandaLevel(database, { prefix: Buffer.from([0xff, 0xff]), permanence: false });
    await database.write([{ type: 'set', key: 'level0', value: 'x' }]);
    await other.put('k', 'other');
    await entries.put('k', 'mine');
    expect(await entries.iterator().all()).to.deep.equal([['k', 'mine']]);
    expect(await other.iterator({ reverse: true }).all()).to.deep.equal([['k', 'other']]);
    await other.clear();
    expect(await other.keys().all()).to.deep.equal([]);
    expect(await entries.get('k')).to.equal('mine');
    expect(Buffer.from((await database.get('level/k'))!).toString()).to.equal('mine');
    expect(await database.get('level0')).to.not.equal(undefined);
  });

  it('clears more keys than fit into one write', async () => {
    const keys = Array.from({ length: 1_300 }, (_, at) => String(at).padStart(5, '0'));
    await entries.batch(keys.map((key) => ({ type: 'put', key, value: '' })));
    await entries.clear({ reverse: true, limit: 1_100 });
    expect(await entries.keys().all()).to.deep.equal(keys.slice(0, 200));
    await entries.clear();
    expect(await entries.keys().all()).to.deep.equal([]);
    for await (const entry of database.scan(prefix('level/'))) expect.fail(`left: ${String(entry)}`);
  });

  it('leaves the database of Panda open when it is closed, and finds its entries when it is opened again', async () => {
    await entries.put('k', 'v');
    await entries.close();
    expect(await codeOf(entries.get('k'))).to.equal('LEVEL_DATABASE_NOT_OPEN');
    expect(await database.get('level/k')).to.not.equal(undefined);
    await entries.open();
    expect(await entries.get('k')).to.equal('v');
  });

  it('cannot be opened over a closed database, and fails as that does when it is closed later', async () => {
    await entries.open();
    await database.close();
    expect(await codeOf(entries.put('k', 'v'))).to.equal('Closed');
    const late = new PandaLevel(database);
    const error: unknown = await late.open().catch((caught: unknown) => caught);
    expect(PandaError.is((error as Error).cause, 'Closed')).to.be.true;
  });

  it('refuses what Panda cannot hold, with its codes, and changes nothing', async () => {
    expect(await codeOf(entries.put('k'.repeat(1_019), 'v'))).to.equal('KeyTooLarge');
    expect(
      await codeOf(
        entries.batch([
          { type: 'put', key: 'a', value: 'a' },
          { type: 'put', key: 'b', value: 'b'.repeat(2 ** 20 + 1) },
        ]),
      ),
    ).to.equal('ValueTooLarge');
    expect(await entries.keys().all()).to.deep.equal([]);
    for (const wrong of ['', 'p'.repeat(1_024)]) {
      expect(await codeOf(() => new PandaLevel(database, { prefix: wrong }))).to.equal('InvalidArgument');
    }
  });

  it('takes snapshots of its own kind only', async () => {
    const memory = new MemoryLevel();
    await memory.open();
    await entries.open();
    expect(await codeOf(entries.get('k', { snapshot: memory.snapshot() }))).to.equal('TypeError');
  });

  it('stops reading when the signal is aborted', async () => {
    await entries.batch([{ type: 'put', key: 'a', value: '' }]);
    const controller = new AbortController();
    const reading = entries.keys({ signal: controller.signal }).all();
    controller.abort();
    expect(await codeOf(reading)).to.equal('LEVEL_ABORTED');
  });

  it('tells the truth in its manifest', () => {
    const { permanence, implicitSnapshots, explicitSnapshots, seek, has, getSync, createIfMissing, errorIfExists, signals } =
      entries.supports as typeof entries.supports & { getSync?: boolean };
    expect({ permanence, getSync: getSync ?? false, createIfMissing, errorIfExists }).to.deep.equal({
      permanence: false,
      getSync: false,
      createIfMissing: false,
      errorIfExists: false,
    });
    expect({ implicitSnapshots, explicitSnapshots, seek, has }).to.deep.equal({
      implicitSnapshots: true,
      explicitSnapshots: true,
      seek: true,
      has: true,
    });
    expect(signals).to.deep.equal({ iterators: true });
    expect(new PandaLevel(database).supports.permanence).to.be.true;
  });
});
