import { ENGINE_PLUGIN, type EnginePlugin } from '@pandakv/core/engine';
import { level, plugin, type LevelOptions } from '@pandakv/engine-level';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import { Container } from 'inversify';
import { realpath, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryLevel } from 'memory-level';
import { cleanUp, closeLater, expectCode, openAt, temporaryFolder } from './support.js';

const problemOf = (options: unknown) => plugin.schema.safeParse(options).error?.issues[0]?.message;

describe('The plugin', () => {
  afterEach(cleanUp);

  it("is named 'level', and bound under that name by its module", () => {
    const container = new Container();
    container.load(plugin.module);
    expect(plugin.name).to.equal('level');
    expect(container.get<EnginePlugin>(ENGINE_PLUGIN, { name: 'level' })).to.equal(plugin);
  });

  it('makes sources of its options', () => {
    const options = { location: '/somewhere' };
    expect(level(options)).to.deep.equal({ plugin, options });
  });

  it('takes a location, a database or memory, and what goes with it', () => {
    for (const options of [
      { location: 'x' },
      { location: 'x', cacheBytes: 2 ** 20, writeBufferBytes: 2 ** 16, compression: false, durability: 'process-crash' },
      { database: new MemoryLevel() },
      { memory: true },
    ]) {
      expect(plugin.schema.safeParse(options).success).to.equal(true);
    }
  });

  it('says what is wrong with options', async () => {
    expect(problemOf({})).to.contain('Give one of');
    expect(problemOf({ location: 'x', memory: true })).to.contain('Give one of');
    expect(problemOf({ location: 'x', cacheBites: 1 })).to.contain('cacheBites');
    expect(problemOf({ memory: true, cacheBytes: 2 ** 20 })).to.contain('`cacheBytes` does not go with `memory`');
    expect(problemOf({ memory: false })).to.be.a('string');
    expect(problemOf({ location: '' })).to.be.a('string');
    expect(problemOf({ location: 'x', cacheBytes: -1 })).to.be.a('string');
    expect(problemOf({ location: 'x', writeBufferBytes: 2 ** 31 })).to.be.a('string');
    expect(problemOf({ database: {} })).to.contain('abstract-level');
    const error = await expectCode('InvalidArgument', () => plugin.open({ location: 'x', memory: true }));
    expect(error.message).to.contain('Give one of');
  });

  it('tells which store options mean, by whatever name, and takes relative paths from a folder', async () => {
    const folder = await temporaryFolder();
    const link = join(folder, 'link');
    await symlink(folder, link);
    const name = join(await realpath(folder), 'new', 'store');
    for (const location of [join(folder, 'new/store'), join(folder, 'x/../new/store'), join(link, 'new', 'store')]) {
      expect(plugin.storageOf?.({ location })).to.equal(name);
    }
    expect(plugin.storageOf?.({ memory: true })).to.equal(undefined);
    expect(plugin.withPathsFrom?.(folder, { location: 'a' })).to.deep.equal({ location: join(folder, 'a') });
    expect(plugin.withPathsFrom?.(folder, { location: '/a' })).to.deep.equal({ location: '/a' });
    expect(plugin.withPathsFrom?.(folder, { memory: true })).to.deep.equal({ memory: true });
  });

  it('declares what a store is good for', async () => {
    const of = async (options: LevelOptions) => {
      const { capabilities } = closeLater(await plugin.open(options));
      return [capabilities.durability, capabilities.estimateExact, capabilities.multiProcess];
    };
    expect(await of({ memory: true })).to.deep.equal(['none', true, false]);
    expect(await of({ database: new MemoryLevel() })).to.deep.equal(['none', true, false]);
    expect(await of({ location: await temporaryFolder() })).to.deep.equal(['synced', false, false]);
    expect(await of({ location: await temporaryFolder(), durability: 'process-crash' })).to.deep.equal([
      'process-crash',
      false,
      false,
    ]);
    const database = closeLater(new ClassicLevel(await temporaryFolder()));
    expect(await of({ database })).to.deep.equal(['synced', false, false]);
    expect(await of({ database: database.sublevel('a') })).to.deep.equal(['process-crash', true, false]);
    expect(await of({ database: database.sublevel('b'), durability: 'synced' })).to.deep.equal(['synced', true, false]);
    await expectCode('InvalidArgument', () => plugin.open({ database: new MemoryLevel(), durability: 'synced' }));
  });

  it('answers get at once from memory, and without blocking from disk', async () => {
    const memory = closeLater(await plugin.open({ memory: true }));
    expect(memory.get([Buffer.from('k')])).to.deep.equal([undefined]);
    const folder = await openAt(await temporaryFolder());
    expect(folder.get([Buffer.from('k')])).to.be.instanceOf(Promise);
  });
});

describe('A given database', () => {
  afterEach(cleanUp);

  const refuse = (database: MemoryLevel, code: 'InvalidArgument' | 'Corruption') =>
    expectCode(code, () => plugin.open({ database }));

  it('is refused, and left as it is, when it holds something else', async () => {
    const database = closeLater(new MemoryLevel());
    await database.put('somebody', 'else');
    await refuse(database, 'InvalidArgument');
    expect(await database.iterator().all()).to.deep.equal([['somebody', 'else']]);
  });

  it('is refused, and left as it is, with the marker of a newer format, of another engine, or of nobody', async () => {
    for (const [marker, code] of [
      ['{"format":2,"engine":"level"}', 'InvalidArgument'],
      ['{"format":1,"engine":"other"}', 'InvalidArgument'],
      ['{"format":"1","engine":"level"}', 'Corruption'],
      ['nonsense', 'Corruption'],
    ] as const) {
      const database = closeLater(new MemoryLevel());
      await database.put('', marker);
      await refuse(database, code);
      expect(await database.iterator().all()).to.deep.equal([['', marker]]);
    }
  });

  it('is refused without implicit snapshots, for pages would not be consistent', async () => {
    const database = closeLater(new MemoryLevel());
    database.supports = { ...database.supports, implicitSnapshots: false };
    await refuse(database, 'InvalidArgument');
  });

  it('is given its marker once, by whichever of two engines comes first', async () => {
    const database = closeLater(new MemoryLevel());
    await Promise.all([plugin.open({ database }), plugin.open({ database })]);
    expect(await database.iterator().all()).to.deep.equal([['', '{"format":1,"engine":"level"}\n']]);
  });
});
