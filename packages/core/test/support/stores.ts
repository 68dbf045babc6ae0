import { join } from 'node:path';
import type { DatabaseConfig } from '@pandakv/core';
import { level } from '@pandakv/engine-level';
import { keptStore } from './test-engine.js';

/** Where the three shards of most tests divide the keyspace: a… on s1, k… on s2, t… on s3. */
export const SPLITS = [
  { key: 'k', shard: 's2' },
  { key: 't', shard: 's3' },
];
export const SHARDS = ['s1', 's2', 's3'];

/** Three shards of LevelDB in a folder, for tests of what lies there. */
export function onDisk(folder: string): DatabaseConfig {
  return { shards: SHARDS.map((id) => ({ id, engine: level({ location: join(folder, id) }) })), splits: SPLITS };
}

/** Three shards of the engines under test that belong to a folder: who names the folder again finds them as they were left. */
export async function storesOf(folder: string): Promise<DatabaseConfig> {
  const shards = await Promise.all(SHARDS.map(async (id, at) => ({ id, engine: await keptStore(folder, at) })));
  return { shards, splits: SPLITS };
}
