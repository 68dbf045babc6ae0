import type { Address, EngineUnderTest, Store } from '@pandakv/conformance';
import { startServer, type Server, type ServerKind } from '@pandakv/testbed';
import { openEngine } from './plugins.js';

const CHILD_MODULE = new URL('./child.js', import.meta.url);

/** A commit of a server costs a millisecond or more: a fifth of the rounds is as much work as the suite's own measure. */
const SCALE = 0.2;
const DEADLINE_MS = 1_500;

interface TableStore extends Store {
  readonly options: { readonly url: string; readonly table: string };
}

/** An engine over a server that is started on first use. A store is a table, all of them in one database. */
export interface ServerEngine {
  readonly underTest: EngineUnderTest<TableStore>;
  close(): Promise<void>;
}

/** @param settings of the server, beside its defaults. */
export async function serverEngine(kind: ServerKind, settings: Readonly<Record<string, string>> = {}): Promise<ServerEngine> {
  const server = await startServer(kind, { settings });
  const url = await server.createDatabase();
  let stores = 0;
  const underTest: EngineUnderTest<TableStore> = {
    name: `${kind} ${server.version}`,
    scale: SCALE,
    secrets: [server.password, url],
    childModule: CHILD_MODULE,
    create: async () => {
      const options = { url, table: `store_${++stores}` };
      return {
        options,
        open: () => openEngine(kind, options),
        // The tables go with the database.
        destroy: async () => undefined,
        childArgument: { engine: kind, options },
      };
    },
    server: server.isOwned ? server : undefined,
    throughProxy: throughProxy(kind, server),
  };
  return { underTest, close: () => server.close() };
}

function throughProxy(kind: ServerKind, { host, port }: Server): NonNullable<EngineUnderTest<TableStore>['throughProxy']> {
  return {
    host,
    port,
    deadlineMs: DEADLINE_MS,
    open: (address, { options }) =>
      openEngine(kind, {
        ...options,
        url: urlAt(options.url, address),
        requestTimeoutMs: DEADLINE_MS,
        connectTimeoutMs: DEADLINE_MS,
      }),
  };
}

function urlAt(url: string, { host, port }: Address): string {
  const at = new URL(url);
  at.hostname = host;
  at.port = String(port);
  return at.href;
}
