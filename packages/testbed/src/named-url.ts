import { type ServerKind } from './server.js';

/** Variables of the environment that name a server which somebody else runs, by a connection string. */
export const URL_VARIABLES: Readonly<Record<ServerKind, string>> = {
  mariadb: 'PANDA_MARIADB_URL',
  mysql: 'PANDA_MYSQL_URL',
  postgres: 'PANDA_POSTGRES_URL',
};

/** Protocols of the connection strings of a kind. */
const PROTOCOLS: Readonly<Record<ServerKind, readonly string[]>> = {
  mariadb: ['mariadb:', 'mysql:'],
  mysql: ['mysql:'],
  postgres: ['postgres:', 'postgresql:'],
};

/** The connection string that the environment names for a kind, if it does. */
export function namedUrl(kind: ServerKind): string | undefined {
  const variable = URL_VARIABLES[kind];
  const value = process.env[variable] ?? '';
  if (value === '') return undefined;
  // An error of the parser would hold the value, and with it a password.
  const protocol = URL.canParse(value) ? new URL(value).protocol : '';
  if (PROTOCOLS[kind].includes(protocol)) return value.replace(/^mariadb:/, 'mysql:');
  throw new Error(`${variable} is not a connection string like ${PROTOCOLS[kind][0]!}//user:password@host:port/database.`);
}
