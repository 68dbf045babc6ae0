import { once } from 'node:events';
import { hasMysql } from './has-mysql.js';
import { SERVER_KINDS, type Server, type ServerKind } from './server.js';
import { startServer } from './start-server.js';

const DATABASE = 'panda';
const KEEP_ALIVE_MS = 2 ** 30;

export interface DatabasesOptions {
  /** Kinds to start; absent: all that this machine can have. */
  readonly only?: readonly ServerKind[];
  readonly json?: boolean;
}

interface Started {
  readonly server: Server;
  readonly url: string;
}

function kindsOf({ only }: DatabasesOptions): readonly ServerKind[] {
  if (only !== undefined) return only;
  if (hasMysql()) return SERVER_KINDS;
  console.error('Without mysql: set PANDA_MYSQLD to the path of its server binary, or PANDA_MYSQL_URL, or start Docker.');
  return SERVER_KINDS.filter((kind) => kind !== 'mysql');
}

/** A named server is somebody's, who may have such a database: there it has a name that nobody has. */
async function start(kind: ServerKind): Promise<Started> {
  const server = await startServer(kind);
  return { server, url: await server.createDatabase(server.isOwned ? DATABASE : undefined) };
}

function print(all: readonly Started[], { json }: DatabasesOptions): void {
  if (json === true) {
    const entries = all.map(({ server, url }) => [server.kind, { version: server.version, url }] as const);
    console.log(JSON.stringify(Object.fromEntries(entries), undefined, 2));
    return;
  }
  for (const { server, url } of all) console.log(`${server.kind.padEnd(10)}${url}\n${' '.repeat(10)}${server.version}`);
  console.log('\nCtrl-C ends them and removes what is in them.');
}

async function untilEnd(): Promise<void> {
  const timer = setInterval(() => undefined, KEEP_ALIVE_MS);
  await Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));
  clearInterval(timer);
}

/** Starts a server of each kind with an empty database, prints their connection strings, and ends them on a signal. */
export async function databases(options: DatabasesOptions): Promise<void> {
  const end = untilEnd();
  const results = await Promise.race([Promise.allSettled(kindsOf(options).map(start)), end.then(() => undefined)]);
  // Servers that are not yet up end with this process.
  if (results === undefined) process.exit(130);
  const all = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure === undefined) {
    print(all, options);
    await end;
  }
  await Promise.all(all.map(({ server }) => server.close()));
  if (failure !== undefined) throw failure.reason;
}
