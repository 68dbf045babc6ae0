import { CLAUSES, type Report } from '@pandakv/conformance';
import { plugin } from '@pandakv/engine-level';
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}.js`, import.meta.url));

interface Run {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

function panda(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, output, errors) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output, errors });
    });
  });
}

describe('panda-conformance', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'panda-conformance-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('ends with 0 for an engine that conforms, and counts by area', async () => {
    const json = join(folder, 'report.json');
    const { code, output } = await panda(
      fixture('conforming'),
      '--area',
      'values',
      '--area',
      'crash',
      '--seed',
      '7',
      '--json',
      json,
    );
    expect(code).to.equal(0);
    expect(output)
      .to.match(/Values, from empty to 4 MiB +values +5 +0 +0\n/)
      .and.contain('Conforms: 5 passed, 0 failed, 1 skipped');
    expect(output).to.contain("Skipped (durability is declared 'none'):");
    const report = JSON.parse(await readFile(json, 'utf8')) as Report;
    expect(report).to.include({ engine: 'memory', seed: 7, passed: 5, failed: 0, skipped: 1 });
    expect(report.capabilities).to.include({ durability: 'none', multiProcess: true });
    expect(report.areas.map(({ name, passed, skipped }) => [name, passed, skipped])).to.deep.equal([
      ['values', 5, 0],
      ['crash', 0, 1],
    ]);
  });

  it('ends with 1 for an engine that does not, and says what that would cost, in every report', async () => {
    const [json, html] = [join(folder, 'report.json'), join(folder, 'report.html')];
    const { code, output } = await panda(fixture('failing'), '--area', 'values', '--json', json, '--html', html);
    expect(code).to.equal(1);
    const { promise, cost } = CLAUSES.values;
    expect(output).to.contain('Does not conform').and.contain(promise).and.contain(cost);
    const report = JSON.parse(await readFile(json, 'utf8')) as Report;
    expect(report.failures.map(({ area, cost: itsCost }) => [area, itsCost])).to.deep.include(['values', cost]);
    expect(report.failed).to.equal(report.failures.length).and.to.be.greaterThan(0);
    const page = await readFile(html, 'utf8');
    expect(page).to.contain('cuts &lt;values&gt;').and.contain(cost).and.not.contain('<values>');
    expect(page).not.to.match(/(?:src|href)=|https?:|@import|<script/);
  });

  it('ends with 2 where there is nothing to test, and says why', async () => {
    for (const [args, why] of [
      [['no-such-package'], "There is no file and no package 'no-such-package'"],
      [[fixture('level-child')], 'exports no `plugin`'],
      [[fixture('conforming'), '--area', 'speed'], "There is no area 'speed'; there are keys, values"],
      [[fixture('conforming'), '--options', '{}'], '--options are for a plugin'],
      [['@pandakv/engine-level', '--options', '{"password":"Secret'], '--options is not valid JSON'],
      [['@pandakv/engine-level', '--options', '{"locatoin":"x"}'], 'locatoin'],
      [[], 'missing required argument'],
    ] as const) {
      const { code, errors } = await panda(...args);
      expect({ code, why: errors.includes(why) ? why : errors }).to.deep.equal({ code: 2, why });
      expect(errors).not.to.contain('Secret');
    }
  });

  it('tests a bare plugin on fresh stores, and removes temporary ones', async () => {
    const options = JSON.stringify({ location: join(folder, '{unique}') });
    const { code, output } = await panda(
      '@pandakv/engine-level',
      '--options',
      options,
      '--area',
      'closing',
      '--area',
      'get',
      '--scale',
      '0.1',
    );
    expect(output).to.contain('Conforms: 14 passed, 0 failed, 0 skipped');
    expect(code).to.equal(0);
    expect(await readdir(folder)).to.have.length(15);
  });

  it('refuses a store that holds rows, and leaves it as it is', async () => {
    const location = join(folder, 'mine');
    const mine = await plugin.open({ location });
    await mine.write({ puts: [[Buffer.from('key'), Buffer.from('value')]] });
    await mine.close();
    const { code, errors } = await panda('@pandakv/engine-level', '--options', JSON.stringify({ location }), '--area', 'get');
    expect(code).to.equal(2);
    expect(errors).to.contain('holds rows');
    const again = await plugin.open({ location });
    expect(await again.get([Buffer.from('key')])).to.deep.equal([Buffer.from('value')]);
    await again.close();
  });

  it('empties the one store that its options name after each test', async () => {
    const location = join(folder, 'one');
    const { code } = await panda(
      '@pandakv/engine-level',
      '--options',
      JSON.stringify({ location }),
      '--area',
      'get',
      '--area',
      'values',
    );
    expect(code).to.equal(0);
    const left = await plugin.open({ location });
    expect((await left.scan({ start: new Uint8Array(0) }, { limit: 1, maxBytes: 1 })).entries).to.deep.equal([]);
    await left.close();
  });
});
