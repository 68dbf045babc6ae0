import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { int64Of, openDatabase, prefix, type Timestamp } from '@pandakv/core';
import { versionstampOf } from '@pandakv/core/shard';
import { text } from '../support/databases.js';
import { SEED, seededRandom } from '../support/random.js';
import { storesOf } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';

/** PANDA_FEED_TRANSACTIONS, PANDA_FEED_KILLS: how many transactions, and how often the process is killed meanwhile. */
const TRANSACTIONS = Number(process.env['PANDA_FEED_TRANSACTIONS'] ?? 2_000);
const KILLS = Number(process.env['PANDA_FEED_KILLS'] ?? 2);
const FIXTURE = fileURLToPath(new URL('./feed.fixture.js', import.meta.url));
const SHARD_KEYS = ['a', 'k', 't'];

type ToldTransaction = readonly [id: string, changes: readonly (readonly [key: string, value: string])[]];
type ToldEntry = readonly [timestamp: Timestamp, transactions: readonly ToldTransaction[]];

/** What the consumer wrote down, one entry a line. */
class ToldFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Where to go on: after the last whole line. What was written of the next one is cut off. */
  resume(start: Timestamp): Timestamp {
    if (!existsSync(this.path)) return start;
    const whole = readFileSync(this.path, 'utf8');
    truncateSync(this.path, whole.lastIndexOf('\n') + 1);
    return this.entries().at(-1)?.[0] ?? start;
  }

  entries(): ToldEntry[] {
    const lines = readFileSync(this.path, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as ToldEntry);
  }
}

/** Runs producer and consumer. Answers how many were acknowledged, and the exit code: null when it was killed. */
async function run(args: readonly string[], acknowledged: Map<string, Timestamp>, killAfter: number, killMs: number) {
  const child = spawn(process.execPath, [FIXTURE, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const lines = createInterface({ input: child.stdout });
  const closed = once(lines, 'close');
  let count = 0;
  lines.on('line', (line) => {
    if (line === 'begun') return;
    const [name, timestamp] = line.split(' ') as [string, string];
    acknowledged.set(name, Number(timestamp));
    if (++count === killAfter) setTimeout(() => child.kill('SIGKILL'), killMs);
  });
  const [[code]] = await Promise.all([exit, closed]);
  return { count, code };
}

/** Follows what was told, and finds out whether it can be so. */
class Judge {
  /** By name. */
  readonly told = new Map<string, Timestamp>();
  readonly counters = new Map<string, bigint>();
  readonly #ids = new Set<string>();
  readonly #stamps = new Set<string>();
  #last: Timestamp;

  constructor(start: Timestamp) {
    this.#last = start;
  }

  add([timestamp, transactions]: ToldEntry): void {
    if (timestamp <= this.#last) throw new Error(`an entry of ${timestamp} was told after one of ${this.#last}`);
    this.#last = timestamp;
    for (const [id, changes] of transactions) {
      if (this.#ids.has(id)) throw new Error(`${id} was told twice`);
      this.#ids.add(id);
      this.#addChanges(timestamp, new Map(changes.map(([key, value]) => [Buffer.from(key, 'hex').toString('latin1'), value])));
    }
  }

  #addChanges(timestamp: Timestamp, changes: ReadonlyMap<string, string>): void {
    if (changes.has('a/end')) return;
    const named = [...changes].filter(([key]) => key.includes('/name/'));
    const [key, value] = named[0]!;
    const name = key.slice('a/name/'.length);
    const counters = Buffer.from(value, 'hex').toString().split(' ');
    const stamp = this.#stampOf(timestamp, changes.get(`${counters.at(-1)![0]}/stamp/${name}`));
    const whole = counters.flatMap((counter) => [counter, `${counter[0]}/name/${name}`]);
    whole.push(`${counters[0]![0]}/log/${stamp}`, `${counters.at(-1)![0]}/stamp/${name}`);
    expect([...changes.keys()].sort(), 'a transaction is told whole').to.deep.equal(whole.sort());
    this.told.set(name, timestamp);
    for (const counter of counters) this.#count(counter, int64Of(Buffer.from(changes.get(counter)!, 'hex')));
  }

  /** The same in the key and in the value, nobody else's, and of the commit's time. */
  #stampOf(timestamp: Timestamp, value: string | undefined): string {
    const stamp = Buffer.from(value ?? '', 'hex').toString('latin1');
    const could = ['s1', 's2', 's3'].map((shard) => versionstampOf(timestamp, shard));
    if (!could.includes(stamp) || this.#stamps.has(stamp)) throw new Error(`${timestamp} has the stamp ${value}`);
    this.#stamps.add(stamp);
    return stamp;
  }

  /** Whoever commits first counts first: any other order, any gap and any repeat shows. */
  #count(counter: string, value: bigint): void {
    const before = this.counters.get(counter) ?? 0n;
    if (value !== before + 1n) throw new Error(`${counter} went from ${before} to ${value}`);
    this.counters.set(counter, value);
  }
}

describe(`kill -9 of who commits and who follows (PANDA_SEED=${SEED})`, () => {
  it(`${KILLS} times in ${TRANSACTIONS} transactions: a feed tells all, once, whole, in the order of the commits and of their stamps`, async () => {
    const random = seededRandom(SEED);
    const folder = tempFolder();
    const file = new ToldFile(join(folder, 'told'));
    const acknowledged = new Map<string, Timestamp>();
    const first = await openDatabase(await storesOf(folder));
    const start = await first.write([{ type: 'set', key: 'start', value: '' }]);
    await first.close();
    for (let kill = 0; kill <= KILLS; kill++) {
      const left = TRANSACTIONS - acknowledged.size;
      const killAfter = kill === KILLS ? Infinity : Math.ceil((left / (KILLS + 1 - kill)) * (0.5 + random() / 2));
      const args = [folder, file.path, String(file.resume(start)), String(kill), String(left)];
      const { code } = await run(args, acknowledged, killAfter, random() * 10);
      if (kill === KILLS) expect(code, 'the last one comes to its end').to.equal(0);
    }
    const judge = new Judge(start);
    for (const entry of file.entries()) judge.add(entry);
    expect(acknowledged.size).to.be.at.least(TRANSACTIONS);
    for (const [name, timestamp] of acknowledged) {
      if (judge.told.get(name) !== timestamp) throw new Error(`${name} was told of ${judge.told.get(name)}, not of ${timestamp}`);
    }
    await expectAllOf(judge, folder);
  }).timeout(900_000);
});

/** Also what was committed and never acknowledged is told, and nothing else. */
async function expectAllOf({ counters, told }: Judge, folder: string): Promise<void> {
  const db = await openDatabase(await storesOf(folder));
  try {
    const names = new Set<string>();
    for (const shard of SHARD_KEYS) {
      for await (const [key] of db.scan(prefix(`${shard}/name/`))) names.add(text(key)!.slice('a/name/'.length));
      for await (const [key, value] of db.scan(prefix(`${shard}/counter/`)))
        expect(counters.get(text(key)!)).to.equal(int64Of(value));
    }
    expect([...names].sort()).to.deep.equal([...told.keys()].sort());
  } finally {
    await db.close();
  }
}
