import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from './support/folders.js';
import { json, panda, type Ended } from './support/panda.js';

describe('panda migrate', () => {
  const folder = tempFolder();
  const config = join(folder, 'panda.config.json');
  const run = (...args: string[]): Promise<Ended> => panda(...args, '--config', config);
  const migration = async (...args: string[]): Promise<Record<string, unknown> | null> => {
    const ended = await run('migrate', ...args, '--json');
    expect(ended.code, ended.stdout).to.equal(0);
    return json(ended)['migration'] as Record<string, unknown> | null;
  };
  const refused = async (...args: string[]): Promise<void> => {
    const ended = await run('migrate', ...args, '--json');
    expect(ended.code).to.equal(2);
    expect(json(ended)).to.include({ ok: false, code: 'InvalidArgument' });
  };

  before(async () => {
    const shards = [
      { id: 'old', engine: '@pandakv/engine-level', options: { location: 'old' } },
      { id: 'new', engine: '@pandakv/engine-sqlite', options: { file: 'new.sqlite' } },
    ];
    writeFileSync(config, JSON.stringify({ shards, splits: [{ key: 'zz', shard: 'new' }] }));
    const made = await run('init');
    expect(made.code, made.stderr).to.equal(0);
    expect((await run('set', 'a', '1')).code).to.equal(0);
  });

  it('goes through a migration, each step a process of its own, and refuses steps out of turn', async () => {
    await refused('start', '--from', 'old', '--to', 'nowhere');
    expect(await migration('status')).to.equal(null);
    expect(await migration('start', '--from', 'old', '--to', 'new')).to.include({ phase: 'follow', ranges: 1, verifiedAt: null });
    for (const verb of ['switch', 'reverse', 'complete']) await refused(verb);
    expect(await migration('pause')).to.include({ isPaused: true });
    await refused('verify');
    expect(await migration('resume')).to.include({ isPaused: false });
    expect((await migration('verify'))!['verifiedAt']).to.be.a('number');
    expect(await migration('switch')).to.include({ phase: 'switched', switched: 1 });
    await run('set', 'a', '2');
    expect(await migration('reverse')).to.include({ phase: 'follow', switched: 0 });
    expect((await run('get', 'a')).stdout).to.equal('2\n');
    await migration('switch');
    const { stdout } = await run('migrate', 'status');
    for (const part of ['switched', '1 of 1', 'old', 'new']) expect(stdout).to.include(part);
    await refused('cancel');
    expect(await migration('complete')).to.equal(null);
    expect((await run('get', 'a')).stdout).to.equal('2\n');
    expect((await run('migrate', 'status')).stdout).to.equal('No migration is under way.\n');
  });

  it('wants to know from where and to where', async () => {
    expect((await run('migrate', 'start', '--from', 'old')).code).to.equal(2);
    expect((await run('migrate', 'start', '--from', 'old,', '--to', 'new')).code).to.equal(2);
  });
});
