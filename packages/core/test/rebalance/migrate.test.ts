import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { openDatabase, prefix, range, type Database, type MigrationPhase, type MigrationStatus } from '@pandakv/core';
import type { Engine } from '@pandakv/core/engine';
import { ROW_SPACE } from '@pandakv/core/parts';
import { listed, text, threeShards } from '../support/databases.js';
import { hooked } from '../support/engines.js';
import { failure } from '../support/failure.js';
import { SEED, seededRandom } from '../support/random.js';
import { storesOf } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';
import { until } from '../support/until.js';
import { transferOne } from '../support/transfers.js';

const K_TO_T = { from: ['s2'], to: ['s3'] };
const owners = (db: Database): string[] => db.ranges().map(({ shard }) => shard);

/** Keys of the second shard, in two ranges. */
async function fill(db: Database, count: number): Promise<void> {
  const keys = Array.from({ length: count }, (_, at) => `${'kp'[at % 2]}/${String(at).padStart(5, '0')}`);
  for (const round of ['old', 'new'])
    await db.write(keys.map((key) => ({ type: 'set', key, value: `${round} ${key}` }) as const));
  await db.split('p');
}

const set = (db: Database, key: string, value: string): Promise<number> => db.write([{ type: 'set', key, value }]);

describe('a migration of a shard', () => {
  it('goes there and back and there, with history, and loses nothing that is written on either side', async () => {
    const db = await threeShards();
    await fill(db, 400);
    const rows = await listed(db.scan({}));
    await set(db, 'k/x', '1');
    const before = db.snapshot();
    const phases = new Set<MigrationPhase>();
    const onProgress = ({ phase }: MigrationStatus): void => void phases.add(phase);
    expect(await db.migrate.start({ ...K_TO_T, onProgress })).to.include({ phase: 'follow', ranges: 2, copied: 2, switched: 0 });
    await set(db, 'k/x', '2');
    expect(owners(db)).to.deep.equal(['s1', 's2', 's2', 's3']);
    await db.migrate.verify({ onProgress });
    expect(await db.migrate.switch({ onProgress })).to.include({ phase: 'switched', switched: 2 });
    expect(owners(db)).to.deep.equal(['s1', 's3', 's3', 's3']);
    expect(text(await db.get('k/x'))).to.equal('2');
    await set(db, 'k/x', '3');
    expect(await db.migrate.reverse({ onProgress })).to.include({ phase: 'follow', switched: 0 });
    expect(owners(db)).to.deep.equal(['s1', 's2', 's2', 's3']);
    expect(text(await db.get('k/x'))).to.equal('3');
    await set(db, 'k/x', '4');
    await db.migrate.switch();
    await set(db, 'k/x', '5');
    await db.migrate.verify();
    await db.migrate.complete();
    expect(await db.migrate.status()).to.equal(undefined);
    await db.movesCleaned();
    expect(await listed(before.scan({}))).to.deep.equal([...rows, 'k/x=1'].sort());
    expect(await listed(db.scan({}))).to.deep.equal([...rows, 'k/x=5'].sort());
    expect([...phases]).to.include.members(['copy', 'follow', 'switch', 'switched', 'reverse']);
    await db.removeShard('s2');
    expect(await listed(db.scan({}))).to.deep.equal([...rows, 'k/x=5'].sort());
  });

  it('goes on in whatever process opens the database, in every phase', async () => {
    const folder = tempFolder();
    const reopened = async (db?: Database): Promise<Database> => {
      await db?.close();
      return await openDatabase(await storesOf(folder));
    };
    const phase = async (db: Database): Promise<string | undefined> => (await db.migrate.status())?.phase;
    let db = await reopened();
    await fill(db, 400);
    const starting = failure(db.migrate.start({ ...K_TO_T, bytesPerSecond: 40_000 }), 'Closed');
    await until(async () => ((await db.migrate.status())?.rows ?? 0) > 0);
    db = await reopened(db);
    await starting;
    expect(await phase(db)).to.equal('copy');
    await until(async () => (await phase(db)) === 'follow');
    await db.migrate.verify();
    db = await reopened(db);
    await db.migrate.switch();
    db = await reopened(db);
    expect(await phase(db)).to.equal('switched');
    await set(db, 'k/00000', 'on the other side');
    db = await reopened(db);
    await db.migrate.reverse();
    expect(text(await db.get('k/00000'))).to.equal('on the other side');
    db = await reopened(db);
    await db.migrate.verify();
    await db.migrate.switch();
    await set(db, 'p/00001', 'after');
    await db.migrate.complete();
    db = await reopened(db);
    expect(await phase(db)).to.equal(undefined);
    expect([text(await db.get('k/00000')), text(await db.get('p/00001'))]).to.deep.equal(['on the other side', 'after']);
    expect((await listed(db.scan({}))).length).to.equal(400);
    await db.movesCleaned();
    await db.close();
  });

  it('is paused, and does nothing then; resumed; and cancelled, and then nothing is left of it', async () => {
    const db = await threeShards();
    await fill(db, 400);
    const rows = await listed(db.scan({}));
    const starting = db.migrate.start({ ...K_TO_T, bytesPerSecond: 20_000 });
    await until(async () => ((await db.migrate.status())?.rows ?? 0) > 0);
    expect(await db.migrate.pause()).to.include({ isPaused: true, phase: 'copy' });
    expect(await starting).to.include({ isPaused: true });
    const { rows: brought } = (await db.migrate.status())!;
    await setTimeout(250);
    expect((await db.migrate.status())!.rows).to.equal(brought);
    await failure(db.migrate.verify(), 'InvalidArgument');
    expect(await db.migrate.resume()).to.include({ isPaused: false, phase: 'follow' });
    await db.migrate.cancel();
    await db.movesCleaned();
    expect(owners(db)).to.deep.equal(['s1', 's2', 's2', 's3']);
    expect(await listed(db.scan({}))).to.deep.equal(rows);
    await db.merge('p');
    await db.move(prefix('k'), 's3');
    expect(await listed(db.scan({}))).to.deep.equal(rows);
  });

  it('begins without a range being moved by itself, which it would have to wait for', async () => {
    const db = await threeShards();
    await fill(db, 100);
    const { start, end } = db.ranges().find(({ shard }) => shard === 's2')!;
    const started = db.migrate.start(K_TO_T);
    started.catch(() => undefined);
    while ((await db.migrate.status()) === undefined) await setTimeout(1);
    const error = await failure(db.move(range(start, end), 's1'), 'InvalidArgument');
    expect(error.message).to.match(/migrat/);
    expect(await started).to.include({ phase: 'follow', ranges: 2, copied: 2 });
  });

  it('is refused where it makes no sense, and nothing is done out of turn', async () => {
    const db = await threeShards();
    await fill(db, 20);
    const { migrate } = db;
    for (const [from, to] of [
      [[], ['s3']],
      [['s2'], []],
      [['s2'], ['s2']],
      [['s2'], ['s9']],
      [['s9'], ['s2']],
    ] as const) {
      await failure(migrate.start({ from, to }), 'InvalidArgument');
    }
    const verbs = ['verify', 'switch', 'reverse', 'pause', 'resume', 'cancel', 'complete'] as const;
    for (const verb of verbs) await failure(migrate[verb](), 'InvalidArgument');
    expect(await migrate.status()).to.equal(undefined);
    await migrate.start(K_TO_T);
    await failure(migrate.start({ from: ['s1'], to: ['s3'] }), 'InvalidArgument');
    for (const verb of ['switch', 'reverse', 'complete'] as const) await failure(migrate[verb](), 'InvalidArgument');
    const { id } = db.ranges()[1]!;
    for (const change of [
      () => db.split('m'),
      () => db.merge('p'),
      () => db.move(prefix('k'), 's1'),
      () => db.move({ end: 'k' }, 's2'),
      () => db.resumeMove(id),
      () => db.cancelMove(id),
      () => db.removeShard('s2'),
      () => db.removeShard('s3'),
    ]) {
      await failure(change(), 'InvalidArgument');
    }
    expect(await db.moves()).to.deep.equal([]);
    await migrate.verify();
    await failure(migrate.complete(), 'InvalidArgument');
    await migrate.switch();
    await failure(migrate.cancel(), 'InvalidArgument');
    await migrate.reverse();
    await failure(migrate.complete(), 'InvalidArgument');
    await migrate.cancel();
    await db.split('m');
  });

  it('finds what differs, and neither switches nor completes then', async () => {
    const engines = new Map<string, Engine>();
    const db = await threeShards(({ plugin, options }, shard) => {
      const open = async (given: never): Promise<Engine> => {
        const engine = await plugin.open(given);
        engines.set(shard, engine);
        return engine;
      };
      return hooked({ plugin: { ...plugin, open }, options }, {});
    });
    await fill(db, 20);
    await db.migrate.start(K_TO_T);
    await db.migrate.verify();
    await engines.get('s3')!.write({ deletes: [Buffer.from(`${ROW_SPACE.current}p/00001`)] });
    expect((await failure(db.migrate.verify(), 'Corruption')).message).to.match(/0x702f3030303031$/);
    await failure(db.migrate.switch(), 'InvalidArgument');
    await db.migrate.cancel();
  });

  it(`goes there and back under transfers, and the total stays right (PANDA_SEED=${SEED})`, async () => {
    const random = seededRandom(SEED);
    const db = await threeShards();
    const accounts = Array.from({ length: 20 }, (_, at) => `${'akpt'[at % 4]}/${at}`);
    await db.write(accounts.map((key) => ({ type: 'set', key, value: '10' }) as const));
    await db.split('p');
    let isRunning = true;
    let transfers = 0;
    const one = (): string => accounts[Math.floor(random() * accounts.length)]!;
    const transfer = async (): Promise<void> => {
      while (isRunning) {
        const [from, to] = [one(), one()];
        if (from === to) continue;
        await transferOne(db, from, to);
        transfers++;
        await setTimeout(1);
      }
    };
    const migrate = async (): Promise<void> => {
      await db.migrate.start(K_TO_T);
      await db.migrate.verify();
      for (let round = 0; round < 3; round++) {
        await db.migrate.switch();
        expect(owners(db)).to.deep.equal(['s1', 's3', 's3', 's3']);
        await db.migrate.reverse();
        expect(owners(db)).to.deep.equal(['s1', 's2', 's2', 's3']);
      }
      await db.migrate.verify();
      await db.migrate.switch();
      await db.migrate.complete();
    };
    const transferring = [transfer(), transfer(), transfer()];
    await Promise.all([migrate(), ...transferring].map((work) => work.finally(() => (isRunning = false))));
    const total = (await db.getMany(accounts)).reduce((sum, value) => sum + Number(text(value)), 0);
    expect(total).to.equal(200);
    expect(transfers).to.be.greaterThan(10);
  });
});
