import type { Database } from '@pandakv/core';
import { text } from './databases.js';

/** Moves 1 from one account to another. */
export async function transferOne(db: Database, from: string, to: string): Promise<void> {
  await db.transact(async (transaction) => {
    const [a, b] = (await transaction.getMany([from, to])).map((value) => Number(text(value)));
    transaction.set(from, String(a! - 1));
    transaction.set(to, String(b! + 1));
  });
}
