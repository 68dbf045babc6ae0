import { z } from 'zod';
import type { Environment } from '../clock/index.js';
import type { EngineSource } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import { userKey, type Bytes } from '../keys/index.js';
import { planLayout, type Split } from '../catalog/index.js';
import { sameTag, DEFAULT_SHARD_SETTINGS, type ShardSettings } from '../shard/index.js';
import { checkBalanceOptions, type BackgroundBalance } from '../rebalance/index.js';
import { throwProblems, type ConfigProblem } from './config-problem.js';

/** An engine package by name, with the options for one store: for configuration that is read at deploy time. */
export interface EnginePackage {
  /** What `import()` takes; the package exports its `plugin`. */
  readonly package: string;
  readonly options: unknown;
}

export interface ShardConfig {
  /** 1 to 64 of `a-z A-Z 0-9 . _ -`; part of what is stored, so it stays the same for ever. */
  readonly id: string;
  /** As text, the engine package's name; then `options` stands beside it. */
  readonly engine: EngineSource | EnginePackage | string;
  readonly options?: unknown;
  /** About how many bytes of rows the shard has room for: no range goes to it that would bring it over that. Default: no limit. */
  readonly bytesMax?: number | undefined;
}

export interface SplitConfig {
  /** Keys from here on, up to the next split, belong to `shard`. */
  readonly key: Bytes;
  readonly shard: string;
}

export interface DatabaseConfig {
  readonly shards: readonly ShardConfig[];
  /**
   * How the keyspace is divided when the database is created: in key order; what lies before the first split is the first
   * shard's. Without it every shard gets an equal share by the first byte of the key. A database that exists must have been
   * created with the same.
   */
  readonly splits?: readonly SplitConfig[];
  /** Memory for cached values over all shards, in bytes. Default 64 MiB. */
  readonly cacheBytes?: number;
  /** Tuning of the shards; see the documentation of each. */
  readonly settings?: Partial<Omit<ShardSettings, 'cacheBytes'>>;
  /** Keeps the shards even in the background, by bytes and by load. Off unless given. */
  readonly balance?: BackgroundBalance;
  /**
   * The folder that the configuration speaks of: engine packages are looked for from there first, and relative paths in the
   * options of engines are taken from there. Default: where core is installed, and the working directory.
   */
  readonly folder?: string;
  /** Folders from which engine packages are looked for next, before where core is installed. */
  readonly packageFolders?: readonly string[];
  /** Time, randomness and timers; the machine's own unless given. */
  readonly environment?: Environment;
}

/** A configuration that was checked, with defaults. */
export interface CheckedConfig {
  readonly shards: readonly ShardConfig[];
  readonly splits: readonly Split[] | undefined;
  readonly settings: ShardSettings;
  readonly folder: string | undefined;
  /** With `folder` first. */
  readonly packageFolders: readonly string[];
}

const CACHE_BYTES = 64 * 1024 * 1024;
const SHARD_ID = /^[A-Za-z0-9._-]{1,64}$/;

const positive = z.number().int().positive();
const bytes = z.union([z.string(), z.instanceof(Uint8Array)]);
const atLeast0 = z.number().nonnegative();
const BALANCE = {
  everyMs: positive,
  bytesPerSecond: positive,
  movesAtOnce: positive,
  latencyFactorMax: z.number().positive().or(z.literal(Infinity)),
  pauseBudgetMs: positive,
  tolerance: atLeast0,
  bytesMin: atLeast0,
  loadTolerance: atLeast0,
  loadMin: atLeast0,
  rangeBytesMax: positive,
  mergeBytesMax: atLeast0,
  onProgress: z.function(),
  onError: z.function(),
};
const schema = z.strictObject({
  shards: z
    .array(
      z.strictObject({
        id: z.string().regex(SHARD_ID, 'must be 1 to 64 letters, digits, dots, dashes or underscores'),
        engine: z.union(
          [
            z.string().min(1),
            z.object({ plugin: z.looseObject({ name: z.string(), open: z.function() }), options: z.unknown() }),
            z.strictObject({ package: z.string().min(1), options: z.unknown() }),
          ],
          'must be the name of an engine package, or an engine',
        ),
        options: z.unknown().optional(),
        bytesMax: positive.optional(),
      }),
    )
    .min(1),
  splits: z.array(z.strictObject({ key: bytes, shard: z.string() })).optional(),
  cacheBytes: z.number().int().nonnegative().optional(),
  settings: z
    .strictObject({
      leaseWindowMs: positive,
      maxClockOffsetMs: positive,
      patienceMs: positive,
      lazyFlushMs: positive,
      outcomeRetentionMs: positive,
      groupBytesMax: positive,
      queueBytesMax: positive,
      recentCommitsMax: positive,
      recentTransactionsMax: positive,
      lockLeaseMs: positive,
      locksMax: positive,
    })
    .partial()
    .optional(),
  balance: z.strictObject(BALANCE).partial().optional(),
  folder: z.string().min(1).optional(),
  packageFolders: z.array(z.string().min(1)).optional(),
  environment: z.unknown().optional(),
});

/** Checks a configuration before anything is opened. */
export function checkConfig(config: DatabaseConfig): CheckedConfig {
  const parsed = schema.safeParse(config);
  const ids = parsed.success ? config.shards.map(({ id }) => id) : [];
  throwProblems([
    ...(parsed.error?.issues.map(({ path, message }) => ({ path, message })) ?? []),
    ...ids.flatMap((id, at) => {
      const first = ids.indexOf(id);
      const other = sameTag(id, ids);
      if (other !== undefined) {
        return [
          { path: ['shards', at, 'id'], message: `the versionstamps of '${id}' would be those of '${other}'; choose another id` },
        ];
      }
      return first === at ? [] : [{ path: ['shards', at, 'id'], message: `the id '${id}' is that of shards[${first}] as well` }];
    }),
    ...(parsed.success ? config.shards.flatMap(optionsProblem) : []),
    ...(parsed.success ? (config.splits ?? []).flatMap((split, at) => splitProblems(split, at, ids)) : []),
  ]);
  const settings: ShardSettings = {
    ...DEFAULT_SHARD_SETTINGS,
    ...config.settings,
    cacheBytes: Math.floor((config.cacheBytes ?? CACHE_BYTES) / ids.length),
  };
  if (settings.leaseWindowMs >= settings.maxClockOffsetMs) {
    throw new PandaError('InvalidArgument', 'settings.leaseWindowMs must be below settings.maxClockOffsetMs');
  }
  if (config.balance !== undefined) checkBalanceOptions(config.balance);
  const splits = config.splits?.map(({ key, shard }) => ({ key: userKey(key), shard }));
  // Before any store is touched: splits that make no layout of these shards.
  planLayout(ids, splits);
  const { folder, packageFolders = [] } = config;
  return {
    shards: config.shards,
    splits,
    settings,
    folder,
    packageFolders: [...(folder === undefined ? [] : [folder]), ...packageFolders],
  };
}

function splitProblems({ key, shard }: SplitConfig, at: number, ids: readonly string[]): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (!ids.includes(shard)) problems.push({ path: ['splits', at, 'shard'], message: `there is no shard '${shard}'` });
  try {
    userKey(key);
  } catch (error) {
    problems.push({ path: ['splits', at, 'key'], message: (error as Error).message });
  }
  return problems;
}

function optionsProblem({ engine, options }: ShardConfig, at: number): ConfigProblem[] {
  if (options === undefined || typeof engine === 'string') return [];
  return [{ path: ['shards', at, 'options'], message: 'goes with an engine that is named by text' }];
}
