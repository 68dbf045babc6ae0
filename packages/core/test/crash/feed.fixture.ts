import { openSync, writeSync } from 'node:fs';
import { openDatabase, type Timestamp } from '@pandakv/core';
import { storesOf } from '../support/stores.js';

/**
 * A process that commits transactions, and at the same time follows the feed into a file, until it is killed or has committed as many as it
 * shall. Then it follows the feed to the end and exits. A line of the file holds one entry of the feed, so the last whole line tells
 * where to go on. Says `begun`, then the name and the timestamp of each transaction once it was acknowledged. Arguments: folder, file,
 * timestamp to follow from, name of the run, number of transactions.
 */
const [folder, file, since, run, count] = process.argv.slice(2) as [string, string, string, string, string];
const WORKERS = 32;
const COUNTERS = 512;
const NO_STAMP = '.'.repeat(10);
const db = await openDatabase(await storesOf(folder));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const random = (below: number): number => Math.floor(Math.random() * below);

/** Counts on one to three shards, and leaves its name on each; and the stamp of the commit in a key of the first, and a value of the last. */
async function commit(name: string): Promise<void> {
  const shards = ['a', 'k', 't'].sort(() => Math.random() - 0.5).slice(0, 1 + random(3));
  const counters = shards.map((shard) => `${shard}/counter/${random(COUNTERS)}`);
  const log = `${shards[0]!}/log/`;
  const timestamp = await db.write([
    { type: 'setVersionstampedKey', key: log + NO_STAMP, offset: log.length, value: name },
    { type: 'setVersionstampedValue', key: `${shards.at(-1)!}/stamp/${name}`, value: NO_STAMP },
    ...shards.flatMap((shard, at) => [
      { type: 'set' as const, key: `${shard}/name/${name}`, value: counters.join(' ') },
      { type: 'add' as const, key: counters[at]!, amount: 1 },
    ]),
  ]);
  writeSync(1, `${name} ${timestamp}\n`);
}

let left = Number(count);
let end: Timestamp = Infinity;

async function produce(): Promise<void> {
  await Promise.all(
    Array.from({ length: WORKERS }, async (_, worker) => {
      for (let at = 0; left-- > 0; at++) await commit(`${run}-${worker}-${at}`);
    }),
  );
  end = await db.write([{ type: 'set', key: 'a/end', value: '' }]);
}

async function follow(): Promise<void> {
  const out = openSync(file, 'a');
  for await (const { timestamp, transactions } of db.changes({ since: Number(since) })) {
    const told = transactions.map(({ id, changes }) => [id, changes.map(({ key, value }) => [hex(key), hex(value!)])]);
    if (told.length > 0) writeSync(out, `${JSON.stringify([timestamp, told])}\n`);
    if (timestamp >= end) return;
  }
}

writeSync(1, 'begun\n');
await Promise.all([produce(), follow()]);
await db.close();
