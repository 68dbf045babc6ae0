import { openDatabase, type Database, type DatabaseConfig } from '@pandakv/core';
import type { EngineSource } from '@pandakv/core/engine';
import { freshStore } from './test-engine.js';
import { SHARDS, SPLITS } from './stores.js';

const open: Database[] = [];

/** Closed after the test. */
export async function openForTest(config: DatabaseConfig): Promise<Database> {
  const database = await openDatabase(config);
  open.push(database);
  return database;
}

/** Three empty shards, each passed through `wrap`. */
export async function threeShards(
  wrap: (source: EngineSource, shard: string) => EngineSource = (source) => source,
  settings: DatabaseConfig['settings'] = {},
  cacheBytes?: number,
): Promise<Database> {
  return await openForTest({
    shards: await Promise.all(SHARDS.map(async (id, at) => ({ id, engine: wrap(await freshStore(at), id) }))),
    splits: SPLITS,
    settings,
    ...(cacheBytes === undefined ? {} : { cacheBytes }),
  });
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((database) => database.close()));
});

export function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

/** All entries of a scan as `key=value`. */
export async function listed(entries: AsyncIterable<readonly [Uint8Array, Uint8Array]>): Promise<string[]> {
  const list: string[] = [];
  for await (const [key, value] of entries) list.push(`${text(key)}=${text(value)}`);
  return list;
}
