import { expect } from 'chai';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { look, tempFolder } from './support/folders.js';
import { withData } from './support/open.js';
import { ended, json, panda, pandaWith, shell, startPanda } from './support/panda.js';

describe('panda on a data folder', () => {
  let folder: string;
  let data: string;

  before(async () => {
    folder = tempFolder();
    data = join(folder, 'data');
    expect((await panda('init', data, '--shards', '3')).code).to.equal(0);
  });

  it('prints what was set, and nothing else', async () => {
    const set = await panda('set', 'user/1', 'Ada Lovelace', '--data', data);
    expect(set).to.include({ code: 0, stdout: '', stderr: '' });
    for (const result of [
      await panda('get', 'user/1', '--data', data),
      await ended(startPanda('get', 'user/1', '--data', data)),
    ]) {
      expect(result).to.include({ code: 0, stdout: 'Ada Lovelace\n', stderr: '' });
    }
    expect(json(await panda('get', 'user/1', '--json', '--data', data))).to.deep.equal({
      ok: true,
      key: 'user/1',
      value: 'Ada Lovelace',
    });
    expect(await panda('get', '757365722f31', '--hex', '--data', data)).to.include({ stdout: '416461204c6f76656c616365\n' });
  });

  it('takes a value of any bytes from standard input, and prints it as it is', async () => {
    const value = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const set = await pandaWith(value, 'set', 'bytes', '-', '--json', '--data', data);
    expect(set.code).to.equal(0);
    expect(json(set)['committedAt']).to.be.a('number');
    expect((await panda('get', 'bytes', '--raw', '--data', data)).bytes.equals(value)).to.be.true;
    expect(json(await panda('get', 'bytes', '--json', '--data', data))['valueHex']).to.equal(value.toString('hex'));
    await pandaWith('00Ff\n', 'set', 'ff00', '-', '--hex', '--data', data);
    expect((await panda('get', 'ff00', '--hex', '--data', data)).stdout).to.equal('00ff\n');
  });

  it('exits with 1 for a key that is not there', async () => {
    expect(await ended(startPanda('get', 'nothing', '--data', data))).to.include({ code: 1, stdout: '' });
    const asJson = await panda('get', 'nothing', '--json', '--data', data);
    expect(asJson.code).to.equal(1);
    expect(json(asJson)).to.include({ ok: false, code: 'NotFound' });
  });

  it('deletes a key, and says with --json whether there was one', async () => {
    await panda('set', 'short-lived', 'x', '--data', data);
    expect(json(await panda('delete', 'short-lived', '--json', '--data', data))).to.deep.equal({ ok: true, deleted: true });
    expect((await panda('get', 'short-lived', '--data', data)).code).to.equal(1);
    expect(json(await panda('delete', 'short-lived', '--json', '--data', data))).to.deep.equal({ ok: true, deleted: false });
  });

  it('scans in key order over all shards, by prefix, by bounds, backwards, and so many', async () => {
    const other = join(folder, 'scanned');
    await panda('init', other, '--shards', '3');
    const keys = ['a', 'user/1', 'user/2', 'zebra', 'é'];
    await withData(other, (database) =>
      database.write([...keys.map((key) => ({ type: 'set' as const, key, value: `of ${key}` }))]),
    );
    const scan = async (...args: string[]) => (await panda('scan', ...args, '--data', other)).stdout;
    const lines = (...some: string[]) => some.map((key) => `${key}\tof ${key}\n`).join('');
    expect(await scan()).to.equal(lines(...keys));
    expect(await scan('--prefix', 'user/')).to.equal(lines('user/1', 'user/2'));
    expect(await scan('--start', 'user/2', '--end', 'é')).to.equal(lines('user/2', 'zebra'));
    expect(await scan('--reverse', '--limit', '2')).to.equal(lines('é', 'zebra'));
    expect(await scan('--hex', '--prefix', 'c3')).to.equal('c3a9\t6f6620c3a9\n');
    expect(await scan('--json', '--limit', '1')).to.equal('{"key":"a","value":"of a"}\n');
  });

  it('shows which shard serves which range, and the state of every shard', async () => {
    const status = json(await panda('status', '--json', '--data', data));
    const ranges = status['ranges'] as Record<string, unknown>[];
    expect(ranges.map(({ shard }) => shard)).to.deep.equal(['s1', 's2', 's3']);
    expect(ranges[0]).to.include({ startHex: '', endHex: ranges[1]!['startHex'] as string });
    expect(ranges[2]).to.include({ endHex: null });
    const shards = status['shards'] as Record<string, unknown>[];
    expect(shards.map(({ id }) => id)).to.deep.equal(['s1', 's2', 's3']);
    for (const shard of shards) expect(shard).to.have.all.keys('id', 'epoch', 'sequence', 'prepared', 'unfinishedOutcomes');
    expect((await panda('status', '--data', data)).stdout).to.match(/unfinished outcomes/);
  });

  it('goes on quietly when whoever reads its output stops', async () => {
    const large = join(folder, 'large');
    await panda('init', large);
    await withData(large, (database) =>
      database.transact((transaction) => {
        for (let at = 0; at < 5_000; at++) transaction.set(`key-${at}`, 'v'.repeat(100));
      }),
    );
    const piped = await shell(`$panda scan --data ${large} | head -n 1; exit \${PIPESTATUS[0]}`);
    expect(piped).to.include({ code: 0, stderr: '' });
    expect(piped.stdout).to.match(/^key-0\tv+\n$/);
  });

  it('ends with 130 when it is interrupted', async () => {
    const child = startPanda('set', 'never', '-', '--json', '--data', data);
    const end = ended(child);
    // More than a pipe holds: once it is written, the command reads.
    await new Promise((resolve) => child.stdin.write('x'.repeat(300_000), resolve));
    child.kill('SIGINT');
    const result = await end;
    expect(result.code).to.equal(130);
    expect(json(result)).to.include({ ok: false, code: 'Interrupted' });
    expect((await panda('get', 'never', '--data', data)).code).to.equal(1);
  });

  it('says that a folder is in use by another process', async () => {
    const refused = await withData(data, () => ended(startPanda('get', 'user/1', '--json', '--data', data)));
    expect(refused.code).to.equal(1);
    expect(json(refused)).to.include({ ok: false, code: 'ShardUnavailable' });
  });

  it('refuses a folder that is no data folder, and leaves it as it is', async () => {
    const foreign = join(folder, 'foreign');
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'precious'), 'mine');
    const before = look(foreign);
    const results = await Promise.all([
      panda('get', 'a', '--json', '--data', foreign),
      panda('set', 'a', 'b', '--json', '--data', foreign),
      panda('status', '--json', '--data', foreign),
      panda('init', foreign, '--json'),
      panda('set', 'a', 'b', '--json', '--data', join(folder, 'not there')),
    ]);
    for (const result of results) {
      expect(result.code).to.equal(2);
      expect(json(result)).to.include({ ok: false, code: 'InvalidArgument' });
    }
    expect(look(foreign)).to.deep.equal(before);
    expect(existsSync(join(folder, 'not there'))).to.be.false;
  });

  it('refuses a layout that makes no sense', async () => {
    const layouts = [
      '{',
      '[]',
      '{"shards": 3}',
      '{"shards": [], "colour": "red"}',
      '{"shards": [{"id": "s1", "engine": {"package": "@pandakv/no-such-engine", "options": {}}}]}',
      '{"shards": [{"id": "s1", "engine": {"package": "@pandakv/engine-level", "options": {"memory": true}}}], "splits": [{"keyHex": "6", "shard": "s1"}]}',
    ];
    const results = await Promise.all(
      layouts.map((layout, at) => {
        const path = join(folder, `layout-${at}`);
        mkdirSync(path);
        writeFileSync(join(path, 'panda.json'), layout);
        return panda('get', 'a', '--json', '--data', path);
      }),
    );
    for (const [at, result] of results.entries()) {
      expect(result.code, layouts[at]).to.equal(2);
      expect(json(result), layouts[at]).to.include({ ok: false, code: 'InvalidArgument' });
      expect(readdirSync(join(folder, `layout-${at}`))).to.deep.equal(['panda.json']);
    }
  });

  it('exits with 2 for wrong usage, and says what is wrong', async () => {
    const wrong = [
      ['get'],
      ['get', ''],
      ['get', 'a', 'b'],
      ['get', 'zz', '--hex'],
      ['get', 'a', '--colour'],
      ['set', 'a'],
      ['set', 'k'.repeat(1_025), 'v'],
      ['scan', '--limit', '0'],
      ['scan', '--limit', 'many'],
      ['scan', '--prefix', 'a', '--start', 'b'],
      ['scan', '--start', 'b', '--end', 'a'],
      ['init', join(folder, 'x'), '--shards', '0'],
      ['sing'],
    ];
    for (const args of wrong) {
      const where = args[0] === 'init' || args[0] === 'sing' ? [] : ['--data', data];
      const result = await panda(...args, ...where, '--json');
      expect(result.code, args.join(' ')).to.equal(2);
      expect(json(result)['ok'], args.join(' ')).to.be.false;
      expect(json(result)['code'], args.join(' ')).to.match(/^(InvalidArgument|KeyTooLarge)$/);
    }
    expect(await panda('get', 'a', '--colour')).to.include({ code: 2, stdout: '', stderr: "error: unknown option '--colour'\n" });
  });

  it('explains every command, and tells its version', async () => {
    const commands = ['quickstart', 'init', 'get', 'set', 'delete', 'scan', 'status', 'check'];
    const helps = await Promise.all(commands.map((command) => panda(command, '--help')));
    for (const help of helps) {
      expect(help.code).to.equal(0);
      expect(help.stdout).to.match(/Usage: panda .*Examples:\n {2}panda /s);
    }
    expect((await panda('--version')).stdout).to.match(/^\d+\.\d+\.\d+\n$/);
    expect(await shell('$panda --help | head -n 1; exit ${PIPESTATUS[0]}')).to.include({ code: 0, stderr: '' });
  });
});
