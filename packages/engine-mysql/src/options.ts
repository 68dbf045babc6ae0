import { z, type ZodType } from 'zod';
import { readUrl, URL_FORM } from './connection-url.js';

/** TLS of the connections. Certificates and keys are PEM text. */
export interface MysqlTlsOptions {
  /** Authorities to trust instead of the well-known ones. */
  readonly ca?: string | undefined;
  /** The client's certificate, and its key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** False accepts any certificate, and any name in it: encrypted, but not safe from an impostor. Default true. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** The name that the server's certificate is for. Default: the host; to be given where that is an IP address. */
  readonly servername?: string | undefined;
}

export interface MysqlOptions {
  /** `mysql://user:password@host:port/database`; the rest of the options may follow as parameters: `?table=panda&tls=true`. */
  readonly url?: string | undefined;
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Default 3306. */
  readonly port?: number | undefined;
  /** A Unix socket, instead of host and port. */
  readonly socketPath?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** An existing database. */
  readonly database?: string | undefined;
  /** The shard's table, made where it is missing: lower-case letters, digits and `_`. Default `panda`. */
  readonly table?: string | undefined;
  /** The most connections open at a time. Default 4. */
  readonly connections?: number | undefined;
  /** The most calls that wait for a connection; more fail with `Overloaded`. Default 1,000. */
  readonly queueMax?: number | undefined;
  /** How long connecting may take, in milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** How long a call may wait for a connection, and how long a statement may take, in milliseconds. Default 10,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Default false. */
  readonly tls?: boolean | MysqlTlsOptions | undefined;
}

const TIMEOUT_MS_MAX = 2 ** 31 - 1;

const tls = z.strictObject({
  ca: z.string().min(1).optional(),
  cert: z.string().min(1).optional(),
  key: z.string().min(1).optional(),
  rejectUnauthorized: z.boolean().optional(),
  servername: z.string().min(1).optional(),
});

const fields = z.strictObject({
  url: z.string().optional(),
  host: z.string().min(1).optional(),
  port: z.int().min(1).max(65_535).optional(),
  socketPath: z.string().min(1).optional(),
  user: z.string().optional(),
  password: z.string().optional(),
  database: z.string().min(1).max(64).optional(),
  // Only what is the same table on every server: whether capitals matter depends on the server's file system.
  table: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,63}$/, 'must be lower-case letters, digits and `_`, at most 64, not starting with a digit')
    .optional(),
  connections: z.int().min(1).max(1_000).optional(),
  queueMax: z.int().min(0).max(1_000_000).optional(),
  connectTimeoutMs: z.int().min(1).max(TIMEOUT_MS_MAX).optional(),
  requestTimeoutMs: z.int().min(1).max(TIMEOUT_MS_MAX).optional(),
  tls: z.union([z.boolean(), tls]).optional(),
});

type Fields = z.output<typeof fields>;

const IN_URL = ['host', 'port', 'user', 'password', 'database'] as const;

/**
 * Schema of {@link MysqlOptions}. Options that it does not know are refused. Its messages hold no values, since a mistyped
 * connection string may have the password anywhere.
 */
export const schema: ZodType<MysqlOptions> = fields
  .superRefine((options, context) => {
    const issue = (name: keyof Fields, message: string): void => context.addIssue({ code: 'custom', path: [name], message });
    const whole = withUrl(options);
    if (whole === undefined) {
      issue('url', `must be of the form ${URL_FORM}, with reserved characters percent-encoded, and known parameters`);
      return;
    }
    if (options.url !== undefined) {
      for (const name of IN_URL) if (options[name] !== undefined) issue(name, `\`${name}\` does not go with \`url\``);
    }
    const known = fields.safeParse(whole);
    if (!known.success) {
      for (const { path, message } of known.error.issues) issue('url', `its ${path.join('.')}: ${message}`);
      return;
    }
    checkTogether(whole, issue);
  })
  .transform((options) => options as MysqlOptions);

function checkTogether(options: Fields, issue: (name: keyof Fields, message: string) => void): void {
  if (options.database === undefined) issue('database', 'is needed, in `url` or by itself');
  if (options.socketPath !== undefined) {
    for (const name of ['port', 'tls'] as const) {
      if (options[name] !== undefined && options[name] !== false) issue(name, `\`${name}\` does not go with \`socketPath\``);
    }
  }
  if (typeof options.tls !== 'object') return;
  if ((options.tls.cert === undefined) !== (options.tls.key === undefined)) issue('tls', '`cert` and `key` go together');
}

/** The options, with those in the URL put in their places; `undefined` when the URL cannot be read. */
export function withUrl({ url, ...options }: Fields): Omit<Fields, 'url'> | undefined {
  if (url === undefined) return options;
  const read = readUrl(url);
  return read === undefined ? undefined : { ...read, ...options };
}
