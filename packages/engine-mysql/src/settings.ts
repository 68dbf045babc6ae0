import { PandaError } from '@pandakv/core/engine';
import { isIP } from 'node:net';
import { withUrl, type MysqlOptions, type MysqlTlsOptions } from './options.js';

/** The options of a store, with defaults, as the rest of the package uses them. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly socketPath: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string;
  readonly table: string;
  readonly connections: number;
  readonly queueMax: number;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly tls: TlsSettings | undefined;
  /** For people: where the store is. Holds no secrets. */
  readonly place: string;
}

export interface TlsSettings {
  readonly material: Pick<MysqlTlsOptions, 'ca' | 'cert' | 'key'>;
  readonly rejectUnauthorized: boolean;
  readonly servername: string;
}

/**
 * @param options checked by the schema
 * @throws PandaError `InvalidArgument`
 */
export function settingsOf(options: MysqlOptions): Settings {
  const whole = withUrl(options);
  if (whole?.database === undefined) throw new PandaError('InvalidArgument', 'The options name no database');
  const { host = '127.0.0.1', port = 3306, socketPath, database, table = 'panda' } = whole;
  return {
    host,
    port,
    socketPath,
    user: whole.user,
    password: whole.password,
    database,
    table,
    connections: whole.connections ?? 4,
    queueMax: whole.queueMax ?? 1_000,
    connectTimeoutMs: whole.connectTimeoutMs ?? 10_000,
    requestTimeoutMs: whole.requestTimeoutMs ?? 10_000,
    tls: tlsOf(whole.tls, host),
    place: `table '${table}' of database '${database}' at ${socketPath ?? `${host}:${port}`}`,
  };
}

function tlsOf(tls: boolean | MysqlTlsOptions | undefined, host: string): TlsSettings | undefined {
  if (tls === undefined || tls === false) return undefined;
  const { ca, cert, key, rejectUnauthorized = true, servername = host } = tls === true ? {} : tls;
  // The driver checks names of hosts only: for an address, it would look for `localhost` in the certificate.
  if (rejectUnauthorized && isIP(servername) !== 0) {
    const message = 'TLS to an IP address needs `tls.servername`, the name of the host that the certificate is for';
    throw new PandaError('InvalidArgument', message);
  }
  return { material: { ca, cert, key }, rejectUnauthorized, servername };
}
