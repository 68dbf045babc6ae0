import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openDatabase, type Database, type DatabaseConfig } from '@pandakv/core';
import { ROW_SPACE } from '@pandakv/core/parts';
import type { EngineSource } from '@pandakv/core/engine';
import { level } from '@pandakv/engine-level';
import { sqlite } from '@pandakv/engine-sqlite';
import { expect } from 'chai';
import { SEED, seededRandom } from '../random.js';
import { Transfers } from '../transfers.js';
import type { MigrationArgument, MigrationStep } from '../workloads/migration.fixture.js';

const FIXTURE = fileURLToPath(new URL('../workloads/migration.fixture.js', import.meta.url));
const TIMEOUT_MS = 240_000;
const STEPS: readonly MigrationStep[] = ['start', 'verify', 'switch', 'reverse', 'complete', 'cancel'];
/** PANDA_MIGRATION_KILLS: how often in each step. */
const KILLS = Number(process.env['PANDA_MIGRATION_KILLS'] ?? 1);
/** The most that a process goes on in a step before it is killed, in milliseconds. */
const AFTER_MS_MAX = 60;
const ACCOUNTS = 12;
const ROWS = 600;
const PREFIXES = ['a', 'k', 'p'];
const PLACES = ['level', 'sqlite'] as const;

function configIn(folder: string): DatabaseConfig {
  return {
    shards: [
      { id: 'catalog', engine: '@pandakv/engine-level', options: { location: join(folder, 'catalog') } },
      { id: 'level', engine: '@pandakv/engine-level', options: { location: join(folder, 'level') } },
      { id: 'sqlite', engine: '@pandakv/engine-sqlite', options: { file: join(folder, 'store.sqlite') } },
    ],
    splits: [
      { key: 'k', shard: 'level' },
      { key: 'p', shard: 'level' },
    ],
  };
}

/** Runs until some time after the step was begun; answers the transfers that were acknowledged. */
async function untilKilled(argument: MigrationArgument, afterMs: number): Promise<string[]> {
  const child = spawn(process.execPath, [FIXTURE, JSON.stringify(argument)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const acknowledged: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const closed = once(lines, 'close');
  lines.on('line', (line) => {
    if (line === `#${argument.wanted}`) setTimeout(() => child.kill('SIGKILL'), afterMs);
    else if (!line.startsWith('#')) acknowledged.push(line);
  });
  const [[code, signal]] = await Promise.all([exit, closed]);
  expect(signal, `the process was killed, and did not end with ${code}`).to.equal('SIGKILL');
  return acknowledged;
}

/** To the end of the migration, from wherever it has come. */
async function finish(db: Database): Promise<void> {
  const phase = (await db.migrate.status())?.phase;
  if (phase === undefined) return;
  const { verifiedAt } = await db.migrate.resume().catch(async (error: unknown) => {
    // What had been decided may have been done while it was asked for.
    if ((await db.migrate.status()) === undefined) return { verifiedAt: undefined };
    throw error;
  });
  const reached = (await db.migrate.status())?.phase;
  if (reached === 'switched') {
    if (verifiedAt === undefined) await db.migrate.verify();
    await db.migrate.complete();
  } else if (reached === 'follow') await db.migrate.cancel();
}

/** Rows of the ranges that went to and fro. */
async function rowsIn({ plugin, options }: EngineSource): Promise<number> {
  const engine = await plugin.open(options);
  try {
    let rows = 0;
    for (const space of [ROW_SPACE.current, ROW_SPACE.history]) {
      const range = { start: Buffer.from(`${space}k`), end: Buffer.from(`${space}z`) };
      rows += (await engine.scan(range, { limit: Infinity, maxBytes: Infinity })).entries.length;
    }
    return rows;
  } finally {
    await engine.close();
  }
}

describe(`kill -9 while shards are migrated between LevelDB and SQLite (PANDA_SEED=${SEED})`, function () {
  this.timeout(TIMEOUT_MS);
  const folder = mkdtempSync(join(tmpdir(), 'panda-migration-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('in every step: the total is right, nothing acknowledged is lost, and in the end one engine has the rows', async () => {
    const random = seededRandom(SEED);
    const config = configIn(folder);
    const acknowledged: string[] = [];
    const sound = async (db: Database): Promise<void> => {
      const transfers = new Transfers(db, PREFIXES, ACCOUNTS, random);
      transfers.claim(acknowledged);
      await transfers.checkAll();
      let rows = 0;
      for await (const [key] of db.scan({})) if (Buffer.from(key).toString().includes('/row/')) rows++;
      expect(rows, 'no row is lost').to.equal(ROWS);
    };
    const first = await openDatabase(config);
    await new Transfers(first, PREFIXES, ACCOUNTS, random).fill();
    const rows = Array.from({ length: ROWS }, (_, at) => `${PREFIXES[at % 3]!}/row/${at}`);
    await first.write(rows.map((key) => ({ type: 'set', key, value: key.repeat(8) }) as const));
    await first.close();
    for (let kill = 0; kill < KILLS * STEPS.length; kill++) {
      const wanted = STEPS[kill % STEPS.length]!;
      const argument = {
        config,
        prefixes: PREFIXES,
        accounts: ACCOUNTS,
        run: String(kill),
        seed: SEED + kill,
        places: PLACES,
        wanted,
      };
      acknowledged.push(...(await untilKilled(argument, random() * AFTER_MS_MAX)));
      const db = await openDatabase(config);
      try {
        await sound(db);
      } finally {
        await db.close();
      }
    }
    const db = await openDatabase(config);
    let owner: string;
    try {
      await finish(db);
      await db.movesCleaned();
      await sound(db);
      owner = db.ranges().at(-1)!.shard;
      for (const { prepared, unfinishedOutcomes } of await db.status()) expect(prepared + unfinishedOutcomes).to.equal(0);
    } finally {
      await db.close();
    }
    const stores = { level: level({ location: join(folder, 'level') }), sqlite: sqlite({ file: join(folder, 'store.sqlite') }) };
    for (const place of PLACES) expect((await rowsIn(stores[place])) > 0, `rows in ${place}`).to.equal(place === owner);
  });
});
