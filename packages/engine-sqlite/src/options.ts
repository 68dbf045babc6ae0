import { z, type ZodType } from 'zod';

/** A store in a file. */
export interface SqliteFileOptions {
  /** The file, made with its parent folders where nothing is. While it is open, its `-wal` and `-shm` files lie beside it. */
  readonly file: string;
  /**
   * How long a call may wait, in milliseconds, while another process holds the store's write lock; then it fails with
   * `ShardUnavailable`. The wait blocks the thread. Default 1,000.
   */
  readonly busyTimeoutMs?: number | undefined;
}

/** A new, empty store in memory, gone when the engine is closed. */
export interface SqliteMemoryOptions {
  readonly memory: true;
}

export type SqliteOptions = SqliteFileOptions | SqliteMemoryOptions;

const BUSY_TIMEOUT_MS_MAX = 60_000;

/** What better-sqlite3 would open as another file, or as none. */
function isPlainName(file: string): boolean {
  return file === file.trim() && !file.includes('\0') && file !== ':memory:' && !file.startsWith('file:');
}

// One object and not a union of two: a union can only say that no member fits, this says what is wrong.
const object = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .refine(isPlainName, 'must be a path, without white space at its ends; not a URI, not `:memory:`')
      .optional(),
    memory: z.literal(true).optional(),
    busyTimeoutMs: z.int().min(0).max(BUSY_TIMEOUT_MS_MAX).optional(),
  })
  .superRefine(({ file, memory, busyTimeoutMs }, context) => {
    if ((file === undefined) === (memory === undefined)) {
      context.addIssue({ code: 'custom', message: 'Give one of `file` and `memory`' });
    } else if (memory !== undefined && busyTimeoutMs !== undefined) {
      context.addIssue({ code: 'custom', path: ['busyTimeoutMs'], message: '`busyTimeoutMs` does not go with `memory`' });
    }
  });

/** Schema of {@link SqliteOptions}. Options that it does not know are refused. */
export const schema: ZodType<SqliteOptions> = object.transform((options) => options as SqliteOptions);
