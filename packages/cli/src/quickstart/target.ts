import type { Database } from '@pandakv/core';
import type { Variables } from '../config/index.js';

/** The database that a quickstart works on. */
export interface Target {
  /** For people: the data folder, or the configuration file. */
  readonly name: string;
  /** A folder that is not imported. */
  readonly folder: string | undefined;
  /** Makes sure that the database may be used for importing `source`; whatever is somebody else's is left untouched. */
  prepare(source: string, variables: Variables): Promise<void>;
  open(variables: Variables): Promise<Database>;
  /** Adds a shard to the open database, unless it was added before; undefined where the shards are chosen by somebody else. */
  addShard(database: Database, variables: Variables): Promise<AddedShard | undefined>;
}

export interface AddedShard {
  readonly shard: string;
  /** Name of the engine package. */
  readonly engine: string;
}

const MIB = 1024 * 1024;

/** The memory of the quickstart is bounded; it reads little twice, so it needs no large caches. */
export const SETTINGS = { cacheBytes: 16 * MIB, settings: { recentCommitsMax: 16_384, recentTransactionsMax: 8_192 } };
