import { chown, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LOOPBACK } from '../port.js';
import { type Command } from '../supervisor/messages.js';
import { type Product, type Site } from './product.js';

const PASSWORDS_ONLY = 'host all all all scram-sha-256\nhost replication all all scram-sha-256\n';

const SUPERUSER = 'postgres';

/** The server has no option for a user: it is started as that one. */
function asUser({ user }: Site, file: string, args: readonly string[], input?: string): Command {
  return {
    file,
    args,
    ...(user !== undefined && { uid: user.uid, gid: user.gid }),
    ...(input !== undefined && { input }),
  };
}

function settingsOf(port: number, settings: Readonly<Record<string, string>>): string[] {
  const all = {
    listen_addresses: LOOPBACK,
    port: String(port),
    unix_socket_directories: '',
    shared_buffers: '64MB',
    ...settings,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

export const postgres: Product = {
  systemUser: 'postgres',
  initialize: (site) =>
    asUser(site, join(dirname(site.binary), 'initdb'), [
      `--pgdata=${site.data}`,
      `--username=${SUPERUSER}`,
      '--encoding=UTF8',
      '--no-locale',
      '--auth=trust',
    ]),
  unsharedFiles: [],
  beforeFirstStart: async (site, { user, password }) => {
    const access = join(site.data, 'pg_hba.conf');
    await writeFile(access, PASSWORDS_ONLY);
    if (site.user !== undefined) await chown(access, site.user.uid, site.user.gid);
    const statement = `CREATE ROLE ${user} SUPERUSER LOGIN PASSWORD '${password}'\n`;
    return [asUser(site, site.binary, ['--single', '-D', site.data, 'postgres'], statement)];
  },
  afterFirstStart: async () => undefined,
  // A killed server leaves it, with the id of a process that may be another's by now.
  beforeStart: ({ data }) => rm(join(data, 'postmaster.pid'), { force: true }),
  serve: (site, port, settings) => asUser(site, site.binary, ['-D', site.data, ...settingsOf(port, settings)]),
  stopSignal: 'SIGINT',
};
