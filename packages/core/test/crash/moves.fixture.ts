import { writeSync } from 'node:fs';
import { openDatabase } from '@pandakv/core';
import { storesOf } from '../support/stores.js';

/**
 * A process that transfers money between accounts while it moves the first range back and forth, until it is killed. Says the name of
 * each transfer once it was acknowledged, and each phase of a move after a `#`. Arguments: folder, number of accounts, name of the run.
 */
const [folder, accounts, run] = process.argv.slice(2) as [string, string, string];
const db = await openDatabase(await storesOf(folder));
const count = Number(accounts);
const account = (at: number) => `${['a', 'k'][at % 2]}/account/${at}`;
const say = (line: string) => writeSync(1, `${line}\n`);

async function transfer(name: string): Promise<void> {
  const from = Math.floor(Math.random() * count);
  const to = (from + 1 + Math.floor(Math.random() * (count - 1))) % count;
  await db.transact(async (transaction) => {
    const [a, b] = await transaction.getMany([account(from), account(to)]);
    transaction.set(account(from), String(Number(Buffer.from(a!)) - 1));
    transaction.set(account(to), String(Number(Buffer.from(b!)) + 1));
    transaction.set(`${['a', 'k'][from % 2]}/transfer/${name}`, `${from} ${to}`);
  });
  say(name);
}

async function keepMoving(): Promise<void> {
  let last = '';
  const onProgress = ({ phase }: { readonly phase: string }): void => {
    if (phase !== last) say(`#${phase}`);
    last = phase;
  };
  for (const { range } of await db.moves()) await db.resumeMove(range.id, { onProgress });
  for (;;) {
    const { shard } = db.ranges()[0]!;
    await db.move({ end: 'k' }, shard === 's1' ? 's2' : 's1', { onProgress });
  }
}

const transfers = Array.from({ length: 4 }, async (_, worker) => {
  for (let i = 0; ; i++) await transfer(`${run}-${worker}-${i}`);
});
await Promise.all([keepMoving(), ...transfers]);
