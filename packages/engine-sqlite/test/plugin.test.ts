import { ENGINE_PLUGIN, GuardMismatch, type EnginePlugin } from '@pandakv/core/engine';
import { plugin, sqlite, type SqliteOptions } from '@pandakv/engine-sqlite';
import { expect } from 'chai';
import { Container } from 'inversify';
import { realpath, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { bytes, cleanUp, closeLater, EVERYTHING, expectCode, newFile, openAt, temporaryFolder } from './support.js';

const problemOf = (options: unknown) => plugin.schema.safeParse(options).error?.issues[0]?.message;

describe('The plugin', () => {
  afterEach(cleanUp);

  it("is named 'sqlite', and bound under that name by its module", () => {
    const container = new Container();
    container.load(plugin.module);
    expect(plugin.name).to.equal('sqlite');
    expect(container.get<EnginePlugin>(ENGINE_PLUGIN, { name: 'sqlite' })).to.equal(plugin);
  });

  it('makes sources of its options', () => {
    const options = { file: '/somewhere' };
    expect(sqlite(options)).to.deep.equal({ plugin, options });
  });

  it('says what is wrong with options', async () => {
    expect(problemOf({ file: 'x', busyTimeoutMs: 0 })).to.equal(undefined);
    expect(problemOf({ memory: true })).to.equal(undefined);
    expect(problemOf({})).to.contain('Give one of');
    expect(problemOf({ file: 'x', memory: true })).to.contain('Give one of');
    expect(problemOf({ file: 'x', bussyTimeoutMs: 1 })).to.contain('bussyTimeoutMs');
    expect(problemOf({ memory: true, busyTimeoutMs: 1 })).to.contain('does not go with `memory`');
    expect(problemOf({ memory: false })).to.be.a('string');
    expect(problemOf({ file: '' })).to.be.a('string');
    for (const file of [' x', 'x ', 'x\n', 'x\0y', ':memory:', 'file:x', 'file:x?mode=memory']) {
      expect(problemOf({ file }), file).to.contain('must be a path');
    }
    for (const busyTimeoutMs of [-1, 1.5, 1e9]) expect(problemOf({ file: 'x', busyTimeoutMs })).to.be.a('string');
    await expectCode('InvalidArgument', () => plugin.open({ file: 'x', memory: true }));
  });

  it('tells which store options mean, by whatever name, and takes relative paths from a folder', async () => {
    const folder = await temporaryFolder();
    const link = join(folder, 'link');
    await symlink(folder, link);
    const name = join(await realpath(folder), 'new', 'store');
    for (const file of [join(folder, 'new/store'), join(folder, 'x/../new/store'), join(link, 'new', 'store')]) {
      expect(plugin.storageOf?.({ file })).to.equal(name);
    }
    expect(plugin.storageOf?.({ memory: true })).to.equal(undefined);
    expect(plugin.withPathsFrom?.(folder, { file: 'a' })).to.deep.equal({ file: join(folder, 'a') });
    expect(plugin.withPathsFrom?.(folder, { file: '/a' })).to.deep.equal({ file: '/a' });
    expect(plugin.withPathsFrom?.(folder, { memory: true })).to.deep.equal({ memory: true });
  });

  it('declares what a store is good for', async () => {
    const of = async (options: SqliteOptions) => {
      const { capabilities } = closeLater(await plugin.open(options));
      return [capabilities.durability, capabilities.estimateExact, capabilities.multiProcess];
    };
    expect(await of({ memory: true })).to.deep.equal(['none', true, false]);
    expect(await of({ file: await newFile() })).to.deep.equal(['synced', true, true]);
  });

  it('answers at once, and fails with rejections', async () => {
    const engine = await openAt(await newFile());
    const guard = { key: bytes('g'), expected: undefined, next: bytes('1') };
    expect(engine.write({ guard })).to.equal(undefined);
    expect(engine.get([bytes('k')])).to.deep.equal([undefined]);
    expect(engine.scan(EVERYTHING, { limit: 1, maxBytes: 1 })).to.have.property('entries');
    expect(engine.estimate(EVERYTHING)).to.deep.equal({ keys: 1, bytes: 2 });
    const failures = [
      engine.write({ guard }),
      engine.get([new Uint8Array(0)]),
      engine.scan(EVERYTHING, { limit: 0, maxBytes: 1 }),
    ];
    for (const failure of failures) expect(failure).to.be.instanceOf(Promise);
    const reasons = await Promise.all(failures.map(async (failure) => Promise.resolve(failure).catch((error: unknown) => error)));
    expect(GuardMismatch.is(reasons[0])).to.equal(true);
    for (const reason of reasons.slice(1)) expect(reason).to.include({ code: 'InvalidArgument' });
  });

  it('counts a large range exactly, without keeping others waiting, and counts on while it is closed', async () => {
    const engine = await openAt(await newFile());
    for (let n = 0; n < 5; n++) {
      const puts = Array.from({ length: 10_000 }, (_, i) => [bytes(`k${100_000 + n * 10_000 + i}`), bytes('0123')] as const);
      await engine.write({ puts });
    }
    let turns = 0;
    const count = engine.estimate(EVERYTHING);
    const timer = setInterval(() => turns++, 0);
    const closed = engine.close();
    expect(await count).to.deep.equal({ keys: 50_000, bytes: 550_000 });
    clearInterval(timer);
    expect(turns).to.be.above(0);
    await closed;
  });
});
