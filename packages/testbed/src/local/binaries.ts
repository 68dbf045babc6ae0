import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { type ServerKind } from '../server.js';
import { type Installation } from './product.js';

const DEBIAN_POSTGRES = '/usr/lib/postgresql';

/** Where servers are that ordinary users have not in their PATH. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/** Names the binary of a MySQL server. */
export const MYSQLD_VARIABLE = 'PANDA_MYSQLD';

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function succeeds(binary: string, args: readonly string[]): boolean {
  return spawnSync(binary, args, { stdio: 'ignore' }).status === 0;
}

/**
 * A server is not to read the machine's option files. A binary that refuses to be told so is a script that has told the real one.
 */
function mysqlFirstOptions(binary: string): string[] {
  const options = ['--no-defaults'];
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  return succeeds(binary, [...options, '--validate-config', ...user]) ? options : [];
}

const FIRST_OPTIONS: Readonly<Record<ServerKind, (binary: string) => string[]>> = {
  mariadb: () => ['--no-defaults'],
  mysql: mysqlFirstOptions,
  postgres: () => [],
};

/** Undefined where it does not run or is something else; MariaDB's server also goes by the name `mysqld`. */
function installationOf(kind: ServerKind, binary: string): Installation | undefined {
  if (!isExecutable(binary)) return undefined;
  const { status, stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  const isMariadb = /mariadb/i.test(stdout);
  if (status !== 0 || (kind !== 'postgres' && isMariadb !== (kind === 'mariadb'))) return undefined;
  return { binary, version: stdout.trim(), firstOptions: FIRST_OPTIONS[kind](binary) };
}

function inPath(name: string): string[] {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, name)).filter((file) => existsSync(file));
}

/** The newest version first. */
function postgresCandidates(): string[] {
  const versions = existsSync(DEBIAN_POSTGRES) ? readdirSync(DEBIAN_POSTGRES).filter((name) => /^\d+$/.test(name)) : [];
  const debian = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN_POSTGRES, version, 'bin/postgres'));
  // initdb is beside the binary itself, not beside a link to it.
  return [...debian, ...inPath('postgres').map((file) => realpathSync(file))];
}

/** Whether mariadb-install-db finds what it needs: Debian keeps that in the client's package. */
function canMakeData(binary: string): boolean {
  const base = dirname(dirname(binary));
  return ['bin', 'extra'].some((folder) => isExecutable(join(base, folder, 'my_print_defaults')));
}

function namedMysql(binary: string): Installation {
  const installation = installationOf('mysql', binary);
  if (installation === undefined) throw new Error(`${MYSQLD_VARIABLE} does not name the binary of a MySQL server that runs.`);
  return installation;
}

const CANDIDATES: Readonly<Record<ServerKind, () => string[]>> = {
  mariadb: () => inPath('mariadbd').filter(canMakeData),
  mysql: () => inPath('mysqld'),
  postgres: postgresCandidates,
};

/** The server's program on this machine, if there is one. */
export function findInstallation(kind: ServerKind): Installation | undefined {
  const named = process.env[MYSQLD_VARIABLE] ?? '';
  if (kind === 'mysql' && named !== '') return namedMysql(named);
  for (const binary of CANDIDATES[kind]()) {
    const installation = installationOf(kind, binary);
    if (installation !== undefined) return installation;
  }
  return undefined;
}
