import { randomBytes } from 'node:crypto';
import { type ServerKind } from './server.js';

export interface Access {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

const SCHEMES: Readonly<Record<ServerKind, string>> = { mariadb: 'mysql', mysql: 'mysql', postgres: 'postgresql' };

/** The database that every server of a kind has, for connections that create others. */
const MAIN_DATABASES: Readonly<Record<ServerKind, string>> = { mariadb: '', mysql: '', postgres: 'postgres' };

/** Connection string of the server's main database. */
export function urlOf(kind: ServerKind, { host, port, user, password }: Access): string {
  const url = new URL(`${SCHEMES[kind]}://${host}:${port}/${MAIN_DATABASES[kind]}`);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password);
  return url.href;
}

/** The same connection string with another database. */
export function urlOfDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  return changed.href;
}

export const newPassword = (): string => randomBytes(16).toString('hex');

export const newDatabaseName = (): string => `panda_${randomBytes(6).toString('hex')}`;
