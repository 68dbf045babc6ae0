import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { openDatabase } from '@pandakv/core';
import { storesOf } from '../support/stores.js';

/**
 * A process that transfers money between accounts on three shards until it is killed. It begins at a word on standard input,
 * and says `ready`, then the name of each transfer once it was acknowledged. Arguments: folder, number of accounts, name of the
 * run.
 */
const [folder, accounts, run] = process.argv.slice(2) as [string, string, string];
await once(process.stdin, 'data');
const db = await openDatabase(await storesOf(folder));
const count = Number(accounts);
const account = (at: number) => `${['a', 'k', 't'][at % 3]}/account/${at}`;

const say = (line: string) => writeSync(1, `${line}\n`);
say('ready');

async function transfer(name: string): Promise<void> {
  const from = Math.floor(Math.random() * count);
  const to = (from + 1 + Math.floor(Math.random() * (count - 1))) % count;
  await db.transact(async (transaction) => {
    const [a, b] = await transaction.getMany([account(from), account(to)]);
    transaction.set(account(from), String(Number(Buffer.from(a!)) - 1));
    transaction.set(account(to), String(Number(Buffer.from(b!)) + 1));
    transaction.set(`${['a', 'k', 't'][from % 3]}/transfer/${name}`, `${from} ${to}`);
  });
  say(name);
}

await Promise.all(
  Array.from({ length: 8 }, async (_, worker) => {
    for (let i = 0; ; i++) await transfer(`${run}-${worker}-${i}`);
  }),
);
