import { existsSync } from 'node:fs';
import { chown, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LOOPBACK } from '../port.js';
import { type Command } from '../supervisor/messages.js';
import { type Login, type Product, type Site } from './product.js';

const FIRST_STATEMENTS = 'first.sql';

/** Options of every program. */
const own = ({ firstOptions, data, user }: Site): string[] => [
  ...firstOptions,
  `--datadir=${data}`,
  ...(user === undefined ? [] : [`--user=${user.name}`]),
];

/** A server that asks for `mysql.user` or `mysql.global_priv` takes each statement on a line of its own. */
async function writeFirstStatements({ folder, user }: Site, userTable: string, login: Login): Promise<void> {
  const account = `'${login.user}'@'%'`;
  const statements = [
    `DELETE FROM mysql.${userTable} WHERE User IN ('', 'root')`,
    'FLUSH PRIVILEGES',
    `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${login.password}'`,
    `GRANT ALL PRIVILEGES ON *.* TO ${account} WITH GRANT OPTION`,
  ];
  const file = join(folder, FIRST_STATEMENTS);
  await writeFile(file, statements.map((statement) => `${statement};\n`).join(''), { mode: 0o600 });
  if (user !== undefined) await chown(file, user.uid, user.gid);
}

function serve(site: Site, port: number, small: readonly string[], settings: Readonly<Record<string, string>>): Command {
  const { binary, folder } = site;
  const firstStatements = join(folder, FIRST_STATEMENTS);
  return {
    file: binary,
    args: [
      ...own(site),
      `--bind-address=${LOOPBACK}`,
      `--port=${port}`,
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      '--skip-name-resolve',
      '--innodb-buffer-pool-size=64M',
      ...small,
      ...(existsSync(firstStatements) ? [`--init-file=${firstStatements}`] : []),
      ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`),
    ],
  };
}

function productOf(userTable: string, small: readonly string[], rest: Pick<Product, 'initialize' | 'unsharedFiles'>): Product {
  return {
    ...rest,
    systemUser: 'mysql',
    beforeFirstStart: async (site, login) => {
      await writeFirstStatements(site, userTable, login);
      return [];
    },
    afterFirstStart: async ({ folder }) => rm(join(folder, FIRST_STATEMENTS)),
    beforeStart: async () => undefined,
    serve: (site, port, settings) => serve(site, port, small, settings),
    stopSignal: 'SIGTERM',
  };
}

/** The script that makes a data folder: beside the server, or where its package has programs for everybody. */
function installScript(binary: string): string {
  const base = dirname(dirname(binary));
  const places = [dirname(binary), join(base, 'bin'), join(base, 'scripts')];
  const found = places.map((place) => join(place, 'mariadb-install-db')).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`There is no mariadb-install-db for ${binary}: install the whole package of MariaDB.`);
  return found;
}

export const mariadb: Product = productOf('global_priv', ['--key-buffer-size=8M'], {
  initialize: (site) => ({
    file: installScript(site.binary),
    args: [
      ...own(site),
      `--basedir=${dirname(dirname(site.binary))}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ],
  }),
  unsharedFiles: [],
});

export const mysql: Product = productOf('user', ['--performance-schema=OFF', '--mysqlx=OFF'], {
  initialize: (site) => ({ file: site.binary, args: [...own(site), '--initialize-insecure'] }),
  // The server's own id, by which servers tell each other apart; made anew where it is missing.
  unsharedFiles: ['auto.cnf'],
});
