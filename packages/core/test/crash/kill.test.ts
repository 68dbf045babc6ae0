import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openDatabase, prefix, type Database } from '@pandakv/core';
import { storesOf } from '../support/stores.js';
import { text } from '../support/databases.js';
import { SEED, seededRandom } from '../support/random.js';
import { tempFolder } from '../support/temp-folder.js';

const KILLS = 50;
const ACCOUNTS = 12;
const BALANCE = 100;
const FIXTURE = fileURLToPath(new URL('./transfers.fixture.js', import.meta.url));
const account = (at: number) => `${['a', 'k', 't'][at % 3]}/account/${at}`;

/** A process that is loaded, and waits for a word to begin: the next one loads while the last one's work is checked. */
function load(folder: string, run: number) {
  return spawn(process.execPath, [FIXTURE, folder, String(ACCOUNTS), String(run)], { stdio: ['pipe', 'pipe', 'inherit'] });
}

/** Lets it transfer, kills it at a random moment of its first transfers, and answers those that were acknowledged. */
async function transfersUntilKilled(child: ReturnType<typeof load>, random: () => number): Promise<string[]> {
  const exit = once(child, 'exit');
  const acknowledged: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const closed = once(lines, 'close');
  let linesLeft = Math.floor(random() * 8);
  lines.on('line', (line) => {
    if (line !== 'ready') acknowledged.push(line);
    if (linesLeft-- === 0) setTimeout(() => child.kill('SIGKILL'), random() * 20);
  });
  child.stdin.write('begin');
  await Promise.all([exit, closed]);
  return acknowledged;
}

async function check(db: Database, acknowledged: ReadonlySet<string>): Promise<void> {
  for (const { prepared, unfinishedOutcomes } of await db.status()) {
    expect(prepared, 'no prepared row outlives recovery').to.equal(0);
    expect(unfinishedOutcomes, 'every outcome was heard').to.equal(0);
  }
  const balances = (await db.getMany(Array.from({ length: ACCOUNTS }, (_, at) => account(at)))).map((value) =>
    Number(text(value)),
  );
  expect(
    balances.reduce((total, balance) => total + balance, 0),
    'the total is right',
  ).to.equal(ACCOUNTS * BALANCE);
  const moved = new Array<number>(ACCOUNTS).fill(BALANCE);
  const found = new Set<string>();
  for (const shard of ['a', 'k', 't']) {
    for await (const [key, value] of db.scan(prefix(`${shard}/transfer/`))) {
      const [from, to] = text(value)!.split(' ').map(Number) as [number, number];
      moved[from]!--;
      moved[to]!++;
      found.add(text(key)!.split('/')[2]!);
    }
  }
  expect(moved, 'every transfer that is there is there whole').to.deep.equal(balances);
  for (const name of acknowledged) expect(found.has(name), `acknowledged transfer ${name}`).to.equal(true);
}

describe(`P10, P11: kill -9 during cross-shard transfers (PANDA_SEED=${SEED})`, () => {
  let next: ReturnType<typeof load> | undefined;
  afterEach(() => next?.kill('SIGKILL'));

  it(`${KILLS} times in a row: the total is right, nothing acknowledged is lost, no lock is left`, async function () {
    this.timeout(600_000);
    const random = seededRandom(SEED);
    const folder = tempFolder();
    const acknowledged = new Set<string>();
    const first = await openDatabase(await storesOf(folder));
    await first.write(
      Array.from({ length: ACCOUNTS }, (_, at) => ({ type: 'set', key: account(at), value: String(BALANCE) }) as const),
    );
    await first.close();
    next = load(folder, 0);
    for (let kill = 1; kill <= KILLS; kill++) {
      const names = await transfersUntilKilled(next, random);
      if (kill < KILLS) next = load(folder, kill);
      for (const name of names) acknowledged.add(name);
      const db = await openDatabase(await storesOf(folder));
      try {
        await check(db, acknowledged);
        // No lock is left: every account can be written at once.
        await db.transact(async (transaction) => {
          for (let at = 0; at < ACCOUNTS; at++) transaction.set(account(at), (await transaction.get(account(at)))!);
        });
      } finally {
        await db.close();
      }
    }
    expect(acknowledged.size, 'transfers were acknowledged').to.be.greaterThan(KILLS);
  });
});
