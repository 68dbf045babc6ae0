import { join } from 'node:path';
import type { DatabaseConfig } from '@pandakv/core';
import { level } from '@pandakv/engine-level';

/** Where the three shards of most tests divide the keyspace: a… on s1, k… on s2, t… on s3. */
export const SPLITS = [
  { key: 'k', shard: 's2' },
  { key: 't', shard: 's3' },
];
export const SHARDS = ['s1', 's2', 's3'];

/** Three shards in a folder. */
export function onDisk(folder: string): DatabaseConfig {
  return { shards: SHARDS.map((id) => ({ id, engine: level({ location: join(folder, id) }) })), splits: SPLITS };
}
