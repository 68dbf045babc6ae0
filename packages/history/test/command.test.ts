import { formatOperation, type Operation } from '@pandakv/history';
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { concurrent, consecutive } from './support/histories.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

const WRITE_SKEW = concurrent('r x [], append y 1', 'r y [], append x 1', 'r x [1], r y [1]');

describe('panda-history check', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'panda-history-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function run(operations: readonly Operation[] | string, ...options: readonly string[]) {
    const path = join(folder, 'history.edn');
    const text = typeof operations === 'string' ? operations : operations.map((each) => formatOperation(each, 'edn')).join('\n');
    writeFileSync(path, text);
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'check', path, ...options], { encoding: 'utf8' });
    return { status, stdout, stderr };
  }

  it('exits with 0 and says so where nothing was found', () => {
    const { status, stdout } = run(consecutive('append x 1', 'r x [1]'));
    expect(status).to.equal(0);
    expect(stdout).to.match(/^Valid: no anomaly was found\./);
  });

  it('exits with 1, names the anomaly, says in words what makes the cycle, and which models are ruled out', () => {
    const { status, stdout } = run(WRITE_SKEW);
    expect(status).to.equal(1);
    expect(stdout).to.match(/^Not valid: the history is not strict-serializable\./);
    expect(stdout).to.match(/^G2-item \(1\): /m);
    expect(stdout).to.include('T0 read x as [], so it did not see that T1 appended 1 to x; so T1 came after (rw)');
    expect(stdout).to.match(/^Not: repeatable-read\.$/m);
    expect(stdout).to.match(/^Also not: serializable, .*strict-serializable\.$/m);
  });

  it('holds the history against the model that was asked for', () => {
    const { status, stdout } = run(WRITE_SKEW, '--consistency', 'snapshot-isolation');
    expect(status).to.equal(0);
    expect(stdout).to.match(/^Valid: .* do not contradict snapshot-isolation\./);
    expect(stdout).to.match(/^G2-item \(1\): /m);
  });

  it('tells the model of the values by the first write, or is told', () => {
    const registers = concurrent('r x, w y 1', 'r y, w x 1');
    expect(run(registers).stdout).to.match(/^G2-item \(1\): /m);
    expect(run(registers, '--model', 'register').status).to.equal(1);
    expect(run(registers, '--model', 'list-append').status).to.equal(2);
  });

  it('prints JSON for programs', () => {
    const { status, stdout } = run(WRITE_SKEW, '--json');
    expect(status).to.equal(1);
    const result = JSON.parse(stdout) as { valid: boolean; anomalies: { type: string; examples: { steps: unknown[] }[] }[] };
    expect(result.valid).to.equal(false);
    expect(result.anomalies.map(({ type }) => type)).to.deep.equal(['G2-item']);
    expect(result.anomalies[0]!.examples[0]!.steps).to.have.lengthOf(2);
  });

  it('draws each cycle into a file that stands alone', () => {
    const drawings = join(folder, 'drawings');
    run(WRITE_SKEW, '--svg', drawings);
    expect(readdirSync(drawings)).to.deep.equal(['G2-item-1.svg']);
    const svg = readFileSync(join(drawings, 'G2-item-1.svg'), 'utf8');
    expect(svg).to.match(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[\s\S]*<\/svg>\s*$/);
    expect(svg).to.include('T0').and.to.include('T1').and.to.include('did not see');
    expect(svg).not.to.match(/<script|href=|url\((?!#)/);
  });

  it('exits with 2 where the file is missing, is no history, or breaks the rules of one', () => {
    expect(run('hello')).to.include({ status: 2, stdout: '' });
    expect(run(concurrent('append x 1', 'append x 1')).stderr).to.include('appended twice');
    const { status } = spawnSync(process.execPath, [MAIN, 'check', join(folder, 'nowhere')]);
    expect(status).to.equal(2);
    expect(run(WRITE_SKEW, '--consistency', 'perfect').status).to.equal(2);
  });
});
