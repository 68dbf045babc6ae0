import type { Engine, Entry } from '@pandakv/core/engine';
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { bytes, cleanUp, expectCode, newFile, openAt, scanAll } from './support.js';

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

  const GUARD = bytes('guard');
  const row = (n: number, expected?: string) => ({
    guard: { key: GUARD, expected: expected === undefined ? undefined : bytes(expected), next: bytes(String(n)) },
    puts: [[bytes(`k${n}`), new Uint8Array(100_000).fill(n)] as const],
  });
  const fails = (engine: Engine, n: number, expected?: string) =>
    expectCode('ShardUnavailable', () => engine.write(row(n, expected)));
  const names = (entries: readonly Entry[]) => entries.map(([key]) => Buffer.from(key).toString());

  it('leaves no transaction open: reads show the store without it, and writes go on once there is room', async () => {
    const file = await newFile();
    const engine = await openAt(file);
    await engine.write(row(1));
    for (const size of [150_000, 180_000, 220_000]) {
      await withFilesUpTo(size, async () => {
        await fails(engine, 2, '1');
        expect(names(await scanAll(engine))).to.deep.equal(['guard', 'k1']);
        await fails(engine, 3, '1');
      });
    }
    expect(names(await scanAll(engine))).to.deep.equal(['guard', 'k1']);
    await engine.write(row(4, '1'));
    expect(names(await scanAll(engine))).to.deep.equal(['guard', 'k1', 'k4']);
    await engine.close();
    expect(names(await scanAll(await openAt(file)))).to.deep.equal(['guard', 'k1', 'k4']);
  });

  it('does not come back at the next opening once a later write was acknowledged', async () => {
    const file = await newFile();
    const engine = await openAt(file);
    await engine.write(row(1));
    await withFilesUpTo(200_000, () => fails(engine, 2, '1'));
    await engine.write({ guard: { key: GUARD, expected: bytes('1'), next: bytes('5') } });
    const copy = await openAt(file);
    expect(names(await scanAll(copy))).to.deep.equal(['guard', 'k1']);
  });
});
