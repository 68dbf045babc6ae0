import type { Engine, Entry } from '@pandakv/core/engine';
import { plugin } from '@pandakv/engine-level';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import { spawnSync } from 'node:child_process';
import { bytes, cleanUp, closeLater, expectCode, get, openAt, scanAll, temporaryFolder } from './support.js';

function setLimit(size: number | 'unlimited'): boolean {
  return spawnSync('prlimit', ['--pid', String(process.pid), `--fsize=${size}:`]).status === 0;
}

/** While this process may write no file beyond that many bytes, writing fails as on a full disk. */
async function withFilesUpTo(size: number, work: () => Promise<unknown>): Promise<void> {
  expect(setLimit(size)).to.equal(true);
  try {
    await work();
  } finally {
    setLimit('unlimited');
  }
}

const ignore = () => undefined;

describe('A write that the disk fails', () => {
  before(function () {
    if (process.platform !== 'linux' || !setLimit('unlimited')) this.skip();
    // The signal that comes with the error would end the process.
    process.on('SIGXFSZ', ignore);
  });
  afterEach(cleanUp);
  after(() => process.off('SIGXFSZ', ignore));

  const row = (n: number) => ({ puts: [[bytes(`k${n}`), new Uint8Array(10_000).fill(n)] as const] });
  const fails = (engine: Engine, n: number) => expectCode('ShardUnavailable', () => engine.write(row(n)));
  const names = (entries: readonly Entry[]) => entries.map(([key]) => Buffer.from(key).toString());

  it('does not cost the writes after it, once there is room', async () => {
    const location = await temporaryFolder();
    const engine = await openAt(location);
    await engine.write(row(1));
    await withFilesUpTo(15_000, async () => {
      const error = await fails(engine, 2);
      expect(error.message).to.contain('No space');
    });
    // LevelDB itself would acknowledge this behind the torn record of the failed write, and lose it at the next opening.
    await engine.write(row(3));
    expect(names(await scanAll(engine))).to.deep.equal(['k1', 'k3']);
    await engine.close();
    expect(names(await scanAll(await openAt(location)))).to.deep.equal(['k1', 'k3']);
  });

  it('has its outcome told by the next read, while others read and write', async () => {
    const engine = await openAt(await temporaryFolder());
    await engine.write(row(1));
    await withFilesUpTo(5_000, async () => {
      const reads = Array.from({ length: 10 }, async () => scanAll(engine));
      await Promise.all([2, 3, 4].map((n) => fails(engine, n)));
      for (const entries of await Promise.all(reads)) expect(names(entries)).to.deep.equal(['k1']);
    });
    const reads = await Promise.all(Array.from({ length: 10 }, async () => engine.get([bytes('k1'), bytes('k2')])));
    for (const [first, second] of reads) {
      expect(first).to.have.length(10_000);
      expect(second).to.equal(undefined);
    }
    await engine.write(row(5));
    expect(names(await scanAll(engine))).to.deep.equal(['k1', 'k5']);
  });

  it('makes the store unavailable, and no more, while it cannot be opened again', async () => {
    const engine = await openAt(await temporaryFolder());
    await engine.write(row(1));
    await withFilesUpTo(10, async () => {
      await fails(engine, 2);
      await expectCode('ShardUnavailable', () => scanAll(engine));
      await expectCode('ShardUnavailable', () => get(engine, bytes('k1')));
      await fails(engine, 3);
    });
    expect(names(await scanAll(engine))).to.deep.equal(['k1']);
    await engine.write(row(4));
    expect(names(await scanAll(engine))).to.deep.equal(['k1', 'k4']);
  });

  it('stops all engines of a given database until its owner has opened it again', async () => {
    const database = closeLater(new ClassicLevel(await temporaryFolder()));
    const engine = closeLater(await plugin.open({ database }));
    const other = closeLater(await plugin.open({ database }));
    await engine.write(row(1));
    await withFilesUpTo(15_000, () => fails(engine, 2));
    for (const stopped of [engine, other]) {
      await fails(stopped, 3);
      await expectCode('ShardUnavailable', () => get(stopped, bytes('k1')));
    }
    await database.close();
    await database.open();
    await other.write(row(4));
    expect(names(await scanAll(engine))).to.deep.equal(['k1', 'k4']);
  });
});
