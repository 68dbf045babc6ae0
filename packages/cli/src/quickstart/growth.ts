import type { Database } from '@pandakv/core';
import type { Variables } from '../config/index.js';
import type { Target } from './target.js';

/** Small trees are shared out, too; ranges stay as they were divided. */
const BALANCE = { bytesMin: 4 * 1024, mergeBytesMax: 0, latencyFactorMax: Infinity, movesAtOnce: 3 };

/** A shard that was added, and what it was given. */
export interface Grown {
  readonly shard: string;
  /** Name of the engine package. */
  readonly engine: string;
  readonly ranges: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Adds a shard to the database while it is in use, and shares everything out over all of them; nothing where none can be added. */
export async function grow(
  database: Database,
  target: Target,
  variables: Variables,
  signal: AbortSignal,
): Promise<Grown | undefined> {
  const added = await target.addShard(database, variables);
  if (added === undefined) return undefined;
  await database.balance({
    ...BALANCE,
    // Not the signal of the balance, which would cancel the move under way: that is gone on with the next time.
    onProgress: () => signal.throwIfAborted(),
  });
  const { ranges, rows, bytes } = (await database.shards()).find(({ id }) => id === added.shard)!;
  return { ...added, ranges, rows, bytes };
}
