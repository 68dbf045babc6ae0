import type { AbstractLevel } from 'abstract-level';
import { z, type ZodType } from 'zod';

const MIB = 1024 * 1024;

/** Any abstract-level (version 3) database, with whatever encodings: what all of them have in common, whatever their types. */
export type LevelDatabase = Pick<AbstractLevel<unknown>, 'supports' | 'status' | 'open' | 'close'>;

/** A LevelDB store in a folder. */
export interface LevelLocationOptions {
  /** The folder, made with its parents where nothing is. It holds nothing but the store. */
  readonly location: string;
  /** LevelDB's cache of uncompressed blocks, in bytes. Default 32 MiB. */
  readonly cacheBytes?: number | undefined;
  /**
   * LevelDB's memtable, in bytes, 64 KiB to 1 GiB; up to two are held in memory. A larger one makes sustained writes faster
   * and opening after a crash slower. Default 8 MiB.
   */
  readonly writeBufferBytes?: number | undefined;
  /** Snappy compression of what goes to table files. Default true. */
  readonly compression?: boolean | undefined;
  /**
   * `synced` (the default): a write has reached the disk when it resolves. `process-crash`: it has reached the operating
   * system, which may lose the last writes if the machine goes down.
   */
  readonly durability?: 'synced' | 'process-crash' | undefined;
}

/**
 * A database that the caller has made, and keeps: closing the engine leaves it open. It must be empty or hold Panda's marker
 * under the empty key, and nobody else may write to it.
 */
export interface LevelDatabaseOptions {
  readonly database: LevelDatabase;
  /**
   * What the database does with `sync: true`, if it is one that outlives the process. Default: `synced` for classic-level,
   * `process-crash` for others.
   */
  readonly durability?: 'synced' | 'process-crash' | undefined;
}

/** A new, empty store in memory, gone when the engine is closed. */
export interface LevelMemoryOptions {
  readonly memory: true;
}

export type LevelOptions = LevelLocationOptions | LevelDatabaseOptions | LevelMemoryOptions;

const DATABASE_METHODS = ['open', 'once', 'get', 'getMany', 'batch', 'iterator', 'keys', 'keyEncoding', 'valueEncoding'] as const;

function isDatabase(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const database = value as Record<string, unknown>;
  return typeof database['supports'] === 'object' && DATABASE_METHODS.every((name) => typeof database[name] === 'function');
}

const PLACES = ['location', 'database', 'memory'] as const;

/** Which options belong to which place. */
const OPTIONS_OF = {
  location: ['location', 'cacheBytes', 'writeBufferBytes', 'compression', 'durability'],
  database: ['database', 'durability'],
  memory: ['memory'],
} as const;

// One object and not a union of three: a union can only say that no member fits, this says what is wrong.
const object = z
  .strictObject({
    location: z.string().min(1).optional(),
    database: z.custom<LevelDatabase>(isDatabase, 'must be an abstract-level database').optional(),
    memory: z.literal(true).optional(),
    cacheBytes: z
      .int()
      .min(MIB)
      .max(4095 * MIB)
      .optional(),
    writeBufferBytes: z
      .int()
      .min(MIB / 16)
      .max(1024 * MIB)
      .optional(),
    compression: z.boolean().optional(),
    durability: z.enum(['synced', 'process-crash']).optional(),
  })
  .superRefine((options, context) => {
    const given = PLACES.filter((name) => options[name] !== undefined);
    const place = given[0];
    if (place === undefined || given.length > 1) {
      context.addIssue({ code: 'custom', message: 'Give one of `location`, `database` and `memory`' });
      return;
    }
    const fitting: readonly string[] = OPTIONS_OF[place];
    for (const [name, value] of Object.entries(options)) {
      if (value === undefined || fitting.includes(name)) continue;
      context.addIssue({ code: 'custom', path: [name], message: `\`${name}\` does not go with \`${place}\`` });
    }
  });

/** Schema of {@link LevelOptions}. Options that it does not know are refused. */
export const schema: ZodType<LevelOptions> = object.transform((options) => options as LevelOptions);
