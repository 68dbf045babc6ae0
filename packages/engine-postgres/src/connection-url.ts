import type { ConnectionOptions } from 'node:tls';

/** What a connection string says. */
export interface ConnectionUrl {
  readonly host: string;
  readonly port?: number;
  readonly user: string;
  readonly password?: string;
  readonly database?: string;
  readonly tls?: ConnectionOptions | false;
}

/** `sslmode`, as libpq has it, where it can be had exactly. */
const SSL_MODES: Readonly<Record<string, ConnectionOptions | false>> = {
  disable: false,
  require: { rejectUnauthorized: false },
  'verify-full': {},
};

/**
 * Takes a connection string apart: `postgres://user:password@host:port/database?sslmode=…`.
 *
 * @returns what is wrong, as a text that quotes nothing of it, or its parts
 */
export function parseConnectionUrl(text: string): ConnectionUrl | string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol) || url.hash !== '') {
    return 'must be a connection string: postgres://user:password@host:port/database (special characters percent-encoded)';
  }
  const sslMode = url.searchParams.get('sslmode');
  for (const name of url.searchParams.keys()) {
    if (name !== 'sslmode') return 'takes no parameter but `sslmode`; use the options for all others';
  }
  if (sslMode !== null && !Object.hasOwn(SSL_MODES, sslMode)) {
    return `takes an sslmode of ${Object.keys(SSL_MODES).join(', ')}; use the option \`tls\` for all others`;
  }
  return partsOf(url, sslMode === null ? undefined : SSL_MODES[sslMode]);
}

function partsOf(url: URL, tls: ConnectionOptions | false | undefined): ConnectionUrl | string {
  try {
    const [user, password, database] = [url.username, url.password, url.pathname.slice(1)].map(decodeURIComponent);
    const host = decodeURIComponent(url.hostname.replace(/^\[(.*)\]$/, '$1'));
    if (!host) return 'must name a host';
    if (!user) return 'must name a user';
    return {
      host,
      user,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      ...(password ? { password } : {}),
      ...(database ? { database } : {}),
      ...(tls === undefined ? {} : { tls }),
    };
  } catch {
    return 'has a percent sign that encodes nothing (write %25)';
  }
}
