import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

interface Json {
  readonly emptiedScan: number;
  readonly emptiedScanReopened: number;
  readonly figures: Readonly<Record<string, unknown>>;
  readonly machine: { readonly node: string; readonly syncPutMs: number };
}

describe('bench', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'panda-bench-test-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('ends with one line of JSON, and leaves nothing behind', async () => {
    const { stdout } = await run(process.execPath, [
      MAIN,
      'level',
      '--json',
      ...['--only', 'emptiedScan', '--scale', '0.05', '--dir', folder],
    ]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).to.be.greaterThan(3);
    const json = JSON.parse(lines.at(-1)!) as Json;
    expect(json.emptiedScan).to.be.a('number').greaterThan(0);
    expect(json.emptiedScanReopened).to.be.a('number').greaterThan(0);
    expect(json.figures['emptiedScan']).to.have.all.keys('unit', 'base', 'panda', 'target', 'ok');
    expect(json.figures['emptiedScanReopened']).to.have.all.keys('unit', 'base', 'panda');
    expect(json.machine.node).to.equal(process.version);
    expect(json.machine.syncPutMs).to.be.greaterThan(0);
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('compares with the driver of a SQL database too', async () => {
    const { stdout } = await run(process.execPath, [MAIN, 'sqlite', '--json', '--scale', '0.02', '--dir', folder]);
    const json = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Readonly<Record<string, unknown>>;
    const names = ['commit64', 'commitAlone', 'getCached', 'getUncached', 'commitTwoShards', 'scan1000'];
    for (const name of names) expect(json[name], name).to.be.a('number').greaterThan(0);
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('measures hot keys and locks', async () => {
    const { stdout } = await run(process.execPath, [MAIN, 'surface', '--json', '--scale', '0.01', '--dir', folder]);
    const json = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Readonly<Record<string, unknown>>;
    for (const name of ['hotAdd', 'lockedUpdates', 'lockedFairness']) expect(json[name], name).to.be.a('number');
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('measures ranges that move', async () => {
    const only = ['--only', 'moveLevel,moveUnderLoad,balanceFourth'];
    const { stdout } = await run(process.execPath, [MAIN, 'ranges', '--json', '--scale', '0.01', ...only, '--dir', folder]);
    const json = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Readonly<Record<string, unknown>>;
    for (const name of ['moveLevel', 'moveLevelOffline', 'moveUnderLoad']) expect(json[name], name).to.be.a('number').above(0);
    expect(json).to.include({ moveErrors: 0 });
    expect(json['balanceFourthMoved']).to.be.a('number').within(0.9, 1.1);
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('refuses what it does not know', async () => {
    for (const option of [
      ['--only', 'commit65'],
      ['--scale', '2'],
    ]) {
      const failure = await run(process.execPath, [MAIN, 'level', ...option]).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).to.have.property('code', 1);
      expect(failure).to.have.property('stderr').that.includes(option[1]);
    }
  });
});
