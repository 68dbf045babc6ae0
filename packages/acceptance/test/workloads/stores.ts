import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseConfig, ShardConfig } from '@pandakv/core';
import { hasMysql, startServer, type Server, type ServerKind } from '@pandakv/testbed';

/** A database of one shard on each engine. Its configuration is plain data, for processes of their own. */
export interface Stores {
  readonly config: DatabaseConfig;
  /** Of keys; one that lies on each shard. */
  readonly prefixes: readonly string[];
  readonly servers: readonly Server[];
  /** Temporary; goes with {@link close}. */
  readonly folder: string;
  /** Ends the servers. */
  close(): Promise<void>;
}

export interface StoresOptions {
  /** Default: all servers that there are. */
  readonly servers?: readonly ServerKind[];
  /** Where a server is to be reached; default: where it is. */
  readonly at?: (server: Server) => Promise<{ readonly host: string; readonly port: number }>;
  /** Where the files of an engine lie; default: in a temporary folder. */
  readonly folderOf?: (engine: 'level' | 'sqlite') => string;
  /** How long a server may take to answer. */
  readonly requestTimeoutMs?: number;
  readonly settings?: DatabaseConfig['settings'];
}

const PREFIXES = ['a', 'f', 'k', 'p', 'u'];
const PACKAGES: Readonly<Record<ServerKind, string>> = {
  mariadb: '@pandakv/engine-mysql',
  mysql: '@pandakv/engine-mysql',
  postgres: '@pandakv/engine-postgres',
};

/** Starts the servers. The store is empty, the database not yet created. */
export async function mixedStores(options: StoresOptions = {}): Promise<Stores> {
  const kinds = options.servers ?? (['mariadb', 'postgres', ...(hasMysql() ? (['mysql'] as const) : [])] as const);
  const servers = await Promise.all(kinds.map((kind) => startServer(kind)));
  const folder = mkdtempSync(join(tmpdir(), 'panda-faults-'));
  const folderOf = options.folderOf ?? (() => folder);
  const location = join(folderOf('level'), 'level');
  mkdirSync(location, { recursive: true });
  const shards: ShardConfig[] = [
    { id: 'level', engine: '@pandakv/engine-level', options: { location } },
    ...(await Promise.all(servers.map((server) => serverShard(server, options)))),
    { id: 'sqlite', engine: '@pandakv/engine-sqlite', options: { file: join(folderOf('sqlite'), 'store.sqlite') } },
  ];
  const prefixes = PREFIXES.slice(0, shards.length);
  return {
    config: {
      shards,
      splits: shards.slice(1).map(({ id }, at) => ({ key: prefixes[at + 1]!, shard: id })),
      ...(options.settings === undefined ? {} : { settings: options.settings }),
    },
    prefixes,
    servers,
    folder,
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function serverShard(server: Server, { at, requestTimeoutMs }: StoresOptions): Promise<ShardConfig> {
  const url = new URL(await server.createDatabase());
  if (at !== undefined) {
    const { host, port } = await at(server);
    url.hostname = host;
    url.port = String(port);
  }
  return {
    id: server.kind,
    engine: PACKAGES[server.kind],
    options: {
      url: url.href,
      ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs, connectTimeoutMs: requestTimeoutMs }),
    },
  };
}
