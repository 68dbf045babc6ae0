import { expect } from 'chai';
import { openDatabase } from '@pandakv/core';
import { level } from '@pandakv/engine-level';
import { sqlite } from '@pandakv/engine-sqlite';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from './support/folders.js';
import { json, panda, type Ended } from './support/panda.js';

interface Balance {
  readonly plan: {
    readonly shards: readonly { readonly id: string; readonly bytes: number; readonly bytesAfter: number }[];
    readonly moves: readonly { readonly from: string; readonly to: string; readonly endHex: string | null }[];
  };
  readonly moved: { readonly ranges: number; readonly rows: number };
}

const ROWS = 60;

describe('panda balance', () => {
  const folder = tempFolder();
  const config = join(folder, 'panda.config.json');
  const run = (...args: string[]): Promise<Ended> => panda(...args, '--config', config);
  const balance = async (...args: string[]): Promise<Balance> => {
    const ended = await run('balance', ...args, '--json');
    expect(ended.code, ended.stdout).to.equal(0);
    return json(ended) as unknown as Balance;
  };

  before(async () => {
    const database = await openDatabase({
      shards: [
        { id: 's1', engine: level({ location: join(folder, 's1') }) },
        { id: 's2', engine: sqlite({ file: join(folder, 's2.sqlite') }) },
      ],
      splits: [{ key: 'x', shard: 's2' }],
    });
    const value = Buffer.alloc(100_000, 'v');
    for (let at = 0; at < ROWS; at++) await database.write([{ type: 'set', key: `k${String(at).padStart(3, '0')}`, value }]);
    await database.close();
    const shards = [
      { id: 's1', engine: '@pandakv/engine-level', options: { location: 's1' } },
      { id: 's2', engine: '@pandakv/engine-sqlite', options: { file: 's2.sqlite' } },
    ];
    writeFileSync(config, JSON.stringify({ shards }));
  });

  it('plans, makes the shards even, and then has nothing to do', async () => {
    const { plan } = await balance('--plan');
    expect(plan.moves.map(({ from, to }) => `${from} ${to}`)).to.deep.equal(['s1 s2']);
    const shown = (await run('balance', '--plan')).stdout;
    for (const part of ['s1', 's2', 'bytes', 'requests/s', 'divided at 1 keys']) expect(shown).to.include(part);
    const { moved } = await balance('--moves', '2', '--bytes-per-second', '100000000');
    expect(moved).to.include({ ranges: 1 });
    expect(moved.rows).to.be.within(ROWS / 2 - 3, ROWS / 2 + 3);
    expect((await run('balance')).stdout).to.include('The shards are even.');
    const shards = (json(await run('shards', '--json')) as unknown as { shards: { rows: number; load: number; lag: null }[] })
      .shards;
    // The other's engine estimates.
    expect(shards[1]!.rows).to.be.within(ROWS / 2 - 3, ROWS / 2 + 3);
    for (const { load, lag } of shards) expect([typeof load, lag]).to.deep.equal(['number', null]);
    expect((await run('get', 'k000')).stdout.length).to.be.at.least(100_000);
    expect((await run('ranges')).stdout).to.include('requests/s');
  });

  it('refuses what makes no sense', async () => {
    for (const wrong of [['--moves', '0'], ['--bytes-per-second', 'x'], ['--tolerance', '0'], ['--plans']]) {
      expect((await run('balance', ...wrong)).code, wrong.join(' ')).to.equal(2);
    }
  });
});
