import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { z, type ZodType } from 'zod';
import { parseConnectionUrl, type ConnectionUrl } from './connection-url.js';
import type { Settings } from './settings.js';

/** TLS towards the server. Certificates and keys are PEM. */
export interface PostgresTlsOptions {
  /** Authorities to trust, in place of Node's. */
  readonly ca?: string | Uint8Array | undefined;
  /** Certificate and key of the client. */
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
  /** False to take any certificate. Default true. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** The name that the certificate must have. Default: the host. */
  readonly servername?: string | undefined;
}

interface PostgresCommonOptions {
  /** The schema of the table; created where it is missing. Default `public`. */
  readonly schema?: string | undefined;
  /** The table that is the store; created where it is missing. Default `panda`. */
  readonly table?: string | undefined;
  /** The most connections, one of them for writes (all for both if it is 1). Default 4. */
  readonly connections?: number | undefined;
  /** How many reads, and how many writes, may wait for a connection. One more fails with `Overloaded`. Default 1,000. */
  readonly queueMax?: number | undefined;
  /** Within what time a connection must be ready for use, in milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Within what time a call must be answered, waiting for a connection included, in milliseconds. Default 30,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** `true` for TLS with Node's authorities. Default: what `sslmode` in `url` says, else `false`. */
  readonly tls?: boolean | PostgresTlsOptions | undefined;
}

export interface PostgresUrlOptions extends PostgresCommonOptions {
  /** `postgres://user:password@host:port/database?sslmode=disable|require|verify-full`; all but host and user may be missing. */
  readonly url: string;
}

export interface PostgresHostOptions extends PostgresCommonOptions {
  /** A name, an address, or the folder of a Unix socket (it begins with `/`). */
  readonly host: string;
  /** Default 5432. */
  readonly port?: number | undefined;
  readonly user: string;
  /** Where it is missing, PGPASSWORD or the password file is used, as by other programs. */
  readonly password?: string | undefined;
  /** Default: the name of the user. */
  readonly database?: string | undefined;
}

export type PostgresOptions = PostgresUrlOptions | PostgresHostOptions;

const IN_URL = ['host', 'port', 'user', 'password', 'database'] as const;

/** PostgreSQL cuts longer names, in silence. */
const NAME_BYTES_MAX = 63;
const TIMEOUT_MS_MAX = 24 * 60 * 60 * 1_000;

const text = z
  .string()
  .min(1)
  .refine((value) => !value.includes('\0'), 'must not hold a NUL');
const name = text.refine((value) => Buffer.byteLength(value) <= NAME_BYTES_MAX, `must have at most ${NAME_BYTES_MAX} bytes`);
const timeout = z.int().min(1).max(TIMEOUT_MS_MAX);
const pem = z.union([z.string().min(1), z.instanceof(Uint8Array)], 'must be PEM, as a string or a Uint8Array');

function isReadable({ ca, cert, key }: PostgresTlsOptions): boolean {
  try {
    createSecureContext(tlsOf({ ca, cert, key }) || {});
    return true;
  } catch {
    return false;
  }
}

const tls = z
  .strictObject({
    ca: pem.optional(),
    cert: pem.optional(),
    key: pem.optional(),
    rejectUnauthorized: z.boolean().optional(),
    servername: text.optional(),
  })
  .refine(isReadable, 'has a `ca`, `cert` or `key` that cannot be read, or a `key` of another `cert`');

// One object and not a union: a union can only say that no member fits, this says what is wrong.
const object = z
  .strictObject({
    url: z.string().min(1).optional(),
    host: text.optional(),
    port: z.int().min(1).max(65_535).optional(),
    user: text.optional(),
    password: text.optional(),
    database: text.optional(),
    schema: name.optional(),
    table: name.optional(),
    connections: z.int().min(1).max(1_000).optional(),
    queueMax: z.int().min(0).max(1_000_000).optional(),
    connectTimeoutMs: timeout.optional(),
    requestTimeoutMs: timeout.optional(),
    tls: z
      .union([z.boolean(), tls], 'must be a boolean, or an object of ca, cert, key, rejectUnauthorized, servername')
      .optional(),
  })
  .superRefine((options, context) => {
    const problem = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
    if (options.url === undefined) {
      if (options.host === undefined) problem([], 'Give `url`, or `host` and `user`');
      else if (options.user === undefined) problem(['user'], 'must be given with `host`');
      return;
    }
    const parts = parseConnectionUrl(options.url);
    if (typeof parts === 'string') problem(['url'], `\`url\` ${parts}`);
    else if (parts.tls !== undefined && options.tls !== undefined) problem(['tls'], '`tls` does not go with `sslmode` in `url`');
    for (const part of IN_URL) {
      if (options[part] !== undefined) problem([part], `\`${part}\` does not go with \`url\``);
    }
  });

/** Schema of {@link PostgresOptions}. Options that it does not know are refused. Its messages quote no values. */
export const schema: ZodType<PostgresOptions> = object.transform((options) => options as PostgresOptions);

/** @param options as the schema has passed them */
export function settingsOf(options: PostgresOptions): Settings {
  const place: ConnectionUrl = 'url' in options ? (parseConnectionUrl(options.url) as ConnectionUrl) : placeOf(options);
  return {
    host: place.host,
    port: place.port ?? 5432,
    user: place.user,
    password: place.password,
    database: place.database ?? place.user,
    schema: options.schema ?? 'public',
    table: options.table ?? 'panda',
    connections: options.connections ?? 4,
    queueMax: options.queueMax ?? 1_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    tls: options.tls === undefined ? (place.tls ?? false) : tlsOf(options.tls),
    applicationName: 'panda',
  };
}

function placeOf({ host, port, user, password, database }: PostgresHostOptions): ConnectionUrl {
  return {
    host,
    user,
    ...(port === undefined ? {} : { port }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
  };
}

function tlsOf(options: boolean | PostgresTlsOptions): ConnectionOptions | false {
  if (typeof options === 'boolean') return options ? {} : false;
  const { ca, cert, key, rejectUnauthorized, servername } = options;
  return {
    ...(ca === undefined ? {} : { ca: pemOf(ca) }),
    ...(cert === undefined ? {} : { cert: pemOf(cert) }),
    ...(key === undefined ? {} : { key: pemOf(key) }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    ...(servername === undefined ? {} : { servername }),
  };
}

function pemOf(pem: string | Uint8Array): string {
  return typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1');
}
