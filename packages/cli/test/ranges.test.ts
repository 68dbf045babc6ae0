import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from './support/folders.js';
import { json, panda, type Ended } from './support/panda.js';

interface Range {
  readonly id: string;
  readonly startHex: string;
  readonly shard: string;
  readonly rows: number;
  readonly bytes: number;
}

describe('panda ranges, shards, split, merge, move and drain', () => {
  const folder = tempFolder();
  const config = join(folder, 'panda.config.json');
  const run = (...args: string[]): Promise<Ended> => panda(...args, '--config', config);
  const done = async (...args: string[]): Promise<Record<string, unknown>> => {
    const ended = await run(...args, '--json');
    expect(ended.code, ended.stdout).to.equal(0);
    return json(ended);
  };
  const refused = async (...args: string[]): Promise<void> => {
    const ended = await run(...args, '--json');
    expect(ended.code, ended.stdout).to.equal(2);
    expect(json(ended)).to.include({ ok: false, code: 'InvalidArgument' });
  };
  const ranges = async (): Promise<Range[]> => (await done('ranges'))['ranges'] as Range[];
  const places = async (): Promise<string[]> =>
    (await ranges()).map(({ startHex, shard }) => `${Buffer.from(startHex, 'hex').toString()}@${shard}`);

  before(async () => {
    const shards = [
      { id: 's1', engine: '@pandakv/engine-sqlite', options: { file: 's1.sqlite' } },
      { id: 's2', engine: '@pandakv/engine-level', options: { location: 's2' } },
    ];
    writeFileSync(config, JSON.stringify({ shards, splits: [{ key: 'x', shard: 's2' }] }));
    expect((await run('init')).code).to.equal(0);
    for (const key of ['a', 'm', 'n', 'z']) expect((await run('set', key, `value of ${key}`)).code).to.equal(0);
  });

  it('tell what lies where, and change it; keys are found wherever they are', async () => {
    expect(await places()).to.deep.equal(['@s1', 'x@s2']);
    expect((await done('split', 'm'))['ranges']).to.have.lengthOf(3);
    expect(await done('move', 'start', '--start', 'm', '--end', 'x', '--to', 's2')).to.include({ ranges: 1, rows: 2 });
    expect(await places()).to.deep.equal(['@s1', 'm@s2', 'x@s2']);
    await refused('merge', 'm');
    await done('merge', 'x');
    expect(await places()).to.deep.equal(['@s1', 'm@s2']);
    expect((await run('get', 'n')).stdout).to.equal('value of n\n');
    const [first, second] = await ranges();
    expect(first).to.include({ rows: 1 });
    expect(second!.bytes).to.be.a('number');
    expect(await done('move', 'status')).to.deep.equal({ ok: true, moves: [] });
    expect((await run('move', 'status')).stdout).to.equal('No range is moving.\n');
    const table = (await run('ranges')).stdout;
    for (const part of ['(first)', '(last)', 's1', 's2', 'bytes']) expect(table).to.include(part);
  });

  it('empty a shard', async () => {
    expect(await done('drain', 's2')).to.include({ ranges: 1, rows: 3 });
    const { shards } = (await done('shards')) as { shards: { id: string; state: string; ranges: number; rows: number }[] };
    expect(shards.map(({ id, state, ranges: owned, rows }) => ({ id, state, owned, rows }))).to.deep.equal([
      { id: 's1', state: 'active', owned: 2, rows: 4 },
      { id: 's2', state: 'draining', owned: 0, rows: 0 },
    ]);
    expect((await run('shards')).stdout).to.include('draining');
    expect((await run('get', 'z')).stdout).to.equal('value of z\n');
  });

  it('remove a shard that is empty, the one that holds the catalog too', async () => {
    await refused('remove', 's1');
    const shards = [
      { id: 's2', engine: '@pandakv/engine-level', options: { location: 's2' } },
      { id: 's3', engine: '@pandakv/engine-sqlite', options: { file: 's3.sqlite' } },
    ];
    const [s1] = (JSON.parse(readFileSync(config, 'utf8')) as { shards: unknown[] }).shards;
    writeFileSync(config, JSON.stringify({ shards: [s1, ...shards] }));
    await done('drain', 's1');
    expect(await done('remove', 's1')).to.deep.equal({ ok: true, shards: ['s2', 's3'] });
    writeFileSync(config, JSON.stringify({ shards }));
    expect((await run('get', 'z')).stdout).to.equal('value of z\n');
    expect((await places()).every((place) => place.endsWith('@s3'))).to.equal(true);
    expect((await run('check')).code).to.equal(0);
  });

  it('refuse what makes no sense', async () => {
    await refused('move', 'start', '--prefix', 'a', '--to', 'nowhere');
    await refused('move', 'start', '--prefix', 'a', '--start', 'a', '--to', 's3');
    await refused('move', 'start', '--prefix', 'a', '--to', 's2');
    await refused('move', 'resume', 'r1');
    await refused('move', 'cancel', 'r1');
    await refused('drain', 'nowhere');
    expect((await run('move', 'start', '--prefix', 'a')).code).to.equal(2);
    expect((await run('move', 'start', '--prefix', 'a', '--to', 's1', '--pause-ms', '0')).code).to.equal(2);
  });
});
