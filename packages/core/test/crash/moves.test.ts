import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openDatabase, prefix, type Database, type DatabaseConfig } from '@pandakv/core';
import type { Engine } from '@pandakv/core/engine';
import { ROW_SPACE, rowPrefixRange } from '@pandakv/core/parts';
import { text } from '../support/databases.js';
import { SEED, seededRandom } from '../support/random.js';
import { storesOf } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';

const PHASES = ['clear', 'copy', 'tail', 'verify', 'cut-over', 'done'];
const ACCOUNTS = 10;
const BALANCE = 100;
const FILL = 2_000;
const FIXTURE = fileURLToPath(new URL('./moves.fixture.js', import.meta.url));
const account = (at: number) => `${['a', 'k'][at % 2]}/account/${at}`;

/** Runs transfers and moves, kills the process some time after a move has reached a phase, and answers what was acknowledged. */
async function untilKilled(folder: string, run: number, phase: string, afterMs: number): Promise<string[]> {
  const child = spawn(process.execPath, [FIXTURE, folder, String(ACCOUNTS), String(run)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const acknowledged: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const closed = once(lines, 'close');
  const kill = (): void => void child.kill('SIGKILL');
  lines.on('line', (line) => {
    if (line === `#${phase}`) {
      if (afterMs === 0) kill();
      else setTimeout(kill, afterMs);
    } else if (!line.startsWith('#')) acknowledged.push(line);
  });
  await Promise.all([exit, closed]);
  return acknowledged;
}

async function check(db: Database, acknowledged: ReadonlySet<string>): Promise<void> {
  const balances = (await db.getMany(Array.from({ length: ACCOUNTS }, (_, at) => account(at)))).map((value) =>
    Number(text(value)),
  );
  expect(
    balances.reduce((total, balance) => total + balance, 0),
    'the total is right',
  ).to.equal(ACCOUNTS * BALANCE);
  const moved = new Array<number>(ACCOUNTS).fill(BALANCE);
  const found = new Set<string>();
  for (const half of ['a', 'k']) {
    for await (const [key, value] of db.scan(prefix(`${half}/transfer/`))) {
      const [from, to] = text(value)!.split(' ').map(Number) as [number, number];
      moved[from]!--;
      moved[to]!++;
      found.add(text(key)!.split('/')[2]!);
    }
  }
  expect(moved, 'every transfer that is there is there whole').to.deep.equal(balances);
  for (const name of acknowledged) expect(found.has(name), `acknowledged transfer ${name}`).to.equal(true);
  let filled = 0;
  for await (const [key] of db.scan(prefix('b/'))) if (key.length > 0) filled++;
  expect(filled, 'no row is lost').to.equal(FILL);
}

async function withEngine<T>({ engine }: DatabaseConfig['shards'][number], look: (engine: Engine) => Promise<T>): Promise<T> {
  if (typeof engine !== 'object' || !('plugin' in engine)) throw new Error('a store of a test names its plugin');
  const store = await engine.plugin.open(engine.options);
  try {
    return await look(store);
  } finally {
    await store.close();
  }
}

/** Rows of the moving range that lie in a store, and imports that have not ended there. */
async function rowsIn(shard: DatabaseConfig['shards'][number]): Promise<number> {
  return await withEngine(shard, async (engine) => {
    let rows = 0;
    const ranges = [
      { start: Buffer.from(`${ROW_SPACE.current}a`), end: Buffer.from(`${ROW_SPACE.current}k`) },
      { start: Buffer.from(`${ROW_SPACE.history}a`), end: Buffer.from(`${ROW_SPACE.history}k`) },
      rowPrefixRange('m/import/'),
    ];
    for (const range of ranges) rows += (await engine.scan(range, { limit: Infinity, maxBytes: Infinity })).entries.length;
    return rows;
  });
}

describe(`kill -9 while a range moves under transfers (PANDA_SEED=${SEED})`, () => {
  it('in every phase: the total is right, nothing acknowledged is lost, one shard has the range and no other any row of it', async () => {
    const random = seededRandom(SEED);
    const folder = tempFolder();
    const acknowledged = new Set<string>();
    const first = await openDatabase(await storesOf(folder));
    await first.write(
      Array.from({ length: ACCOUNTS }, (_, at) => ({ type: 'set', key: account(at), value: String(BALANCE) }) as const),
    );
    await first.write(
      Array.from({ length: FILL }, (_, at) => ({ type: 'set', key: `b/${at}`, value: 'x'.repeat(100) }) as const),
    );
    await first.close();
    for (const [run, phase] of [...PHASES, ...PHASES].entries()) {
      // Once as it is reported, and once a little later: at the cut-over, in the midst of the switch.
      const afterMs = run < PHASES.length ? 0 : random() * 40;
      for (const name of await untilKilled(folder, run, phase, afterMs)) acknowledged.add(name);
      const db = await openDatabase(await storesOf(folder));
      let owner: string;
      try {
        await check(db, acknowledged);
        for (const { range } of await db.moves()) await (random() < 0.5 ? db.resumeMove(range.id) : db.cancelMove(range.id));
        await db.movesCleaned();
        await check(db, acknowledged);
        await db.write([{ type: 'set', key: account(0), value: text(await db.get(account(0)))! }]);
        owner = db.ranges()[0]!.shard;
      } finally {
        await db.close();
      }
      for (const shard of (await storesOf(folder)).shards) {
        const rows = await rowsIn(shard);
        expect(rows > 0, `killed at '${phase}': ${rows} rows on ${shard.id}, the owner is ${owner}`).to.equal(shard.id === owner);
      }
    }
    expect(acknowledged.size, 'transfers were acknowledged').to.be.greaterThan(PHASES.length);
  }).timeout(300_000);
});
