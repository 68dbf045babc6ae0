import { openDatabase, type Database } from '@pandakv/core';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LayoutFile {
  readonly shards: readonly { id: string; engine: { package: string; options: Readonly<Record<string, unknown>> } }[];
  readonly splits?: readonly { keyHex: string; shard: string }[];
}

/** Opens a data folder with core and its engine packages, and nothing of the command line. */
export async function withData<T>(folder: string, work: (database: Database) => Promise<T>): Promise<T> {
  const { shards, splits } = JSON.parse(readFileSync(join(folder, 'panda.json'), 'utf8')) as LayoutFile;
  const database = await openDatabase({
    folder,
    shards: shards.map(({ id, engine }) => ({
      id,
      engine,
    })),
    ...(splits === undefined ? {} : { splits: splits.map(({ keyHex, shard }) => ({ key: Buffer.from(keyHex, 'hex'), shard })) }),
  });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
