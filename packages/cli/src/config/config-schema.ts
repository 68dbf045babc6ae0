import type { DatabaseConfig, ShardSettings } from '@pandakv/core';
import { z } from 'zod';

const positive = z.int().min(1);

const settings = {
  leaseWindowMs: positive.describe('How far ahead of the wall clock the lease reaches; below maxClockOffsetMs.'),
  maxClockOffsetMs: positive.describe('A timestamp further ahead of the wall clock is refused.'),
  patienceMs: positive.describe('A prepared transaction older than this is resolved by whoever meets it.'),
  lazyFlushMs: positive.describe('How long work that nobody waits for may wait for a group to join.'),
  outcomeRetentionMs: positive.describe('How long an outcome stays known after all have heard of it, at least.'),
  groupBytesMax: positive.describe('A group takes no more members once its rows sum to this many bytes.'),
  queueBytesMax: positive.describe('Overloaded is answered while this many bytes wait for a group.'),
  recentCommitsMax: positive.describe('How many keys of recent commits are kept for validation.'),
  recentTransactionsMax: positive.describe('How many recent transactions are remembered by id.'),
  lockLeaseMs: positive.describe('How long a transaction keeps the lock of a key while others wait for it.'),
  locksMax: positive.describe('How many locks of keys there may be, with those that wait for one.'),
} satisfies Record<keyof Omit<ShardSettings, 'cacheBytes'>, z.ZodType>;

type BalanceConfig = Omit<NonNullable<DatabaseConfig['balance']>, 'onProgress' | 'onError'>;

const atLeast0 = z.number().min(0);

const balance = {
  everyMs: positive.describe('The pause between the end of a balance and the look whether another is needed. Default 60,000.'),
  bytesPerSecond: positive.describe('The most that is copied in a second, over all moves. Default: as fast as it goes.'),
  movesAtOnce: positive.describe('How many ranges move at once. Default 1.'),
  latencyFactorMax: z.number().gt(0).describe('Copying waits while commits take this many times as long as before. Default 2.'),
  pauseBudgetMs: positive.describe('The longest that commits in a range may wait at its cut-over. Default 200.'),
  tolerance: atLeast0.describe('Bytes are even when no shard is off its share by more than this part of it. Default 0.1.'),
  bytesMin: atLeast0.describe('A shard that is off by fewer bytes than this is even anyway. Default 1 MiB.'),
  loadTolerance: atLeast0.describe(
    'Load is even when no shard has more than its share by more than this part of it. Default 0.3.',
  ),
  loadMin: atLeast0.describe('A shard that is over its share by fewer requests a second is even anyway. Default 1,000.'),
  rangeBytesMax: positive.describe('Larger ranges are divided. Default 1 GiB.'),
  mergeBytesMax: atLeast0.describe(
    'Neighbours on one shard that have no more than this together are joined. Default 1 MiB; 0 for never.',
  ),
} satisfies Record<keyof BalanceConfig, z.ZodType>;

const shard = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores')
    .describe('Part of what is stored, so it stays the same for ever.'),
  engine: z
    .string()
    .min(1)
    .describe(
      "The engine package's name, or the path of a module. Looked for from the folder of this file, then from the panda command.",
    ),
  options: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("What the engine's README says. Relative paths are taken from the folder of this file."),
  bytesMax: positive
    .optional()
    .describe('About how many bytes of rows the shard has room for: no range goes to it that would bring it over that.'),
});

const split = z
  .strictObject({
    key: z.string().min(1).optional().describe('The key as text.'),
    keyHex: z
      .string()
      .regex(/^([0-9A-Fa-f]{2})+$/, 'must be hex digits in pairs')
      .optional()
      .describe('The key as hex digits.'),
    shard: z.string().describe("The id of the shard that keys from this one on belong to, up to the next split's."),
  })
  .refine(({ key, keyHex }) => (key === undefined) !== (keyHex === undefined), 'Give one of `key` and `keyHex`');

/** What a configuration file holds. In all of its texts, `${NAME}` stands for an environment variable. */
export const configSchema = z
  .strictObject({
    $schema: z.string().optional().describe('For editors.'),
    shards: z.array(shard).min(1),
    splits: z
      .array(split)
      .optional()
      .describe('How the keyspace is divided when the database is created, in key order. Without it, evenly by the first byte.'),
    cacheBytes: z.int().min(0).optional().describe('Memory for cached values over all shards, in bytes. Default 64 MiB.'),
    settings: z.strictObject(settings).partial().optional().describe('Tuning of the shards.'),
    balance: z
      .strictObject(balance)
      .partial()
      .optional()
      .describe(
        'Keeps the shards even in the background, by bytes and by load, while a process has the database open. Off unless given.',
      ),
  })
  .meta({ title: 'Configuration of a Panda database' });

export type ConfigFile = z.infer<typeof configSchema>;
