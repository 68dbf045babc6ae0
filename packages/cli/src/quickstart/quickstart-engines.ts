import { PandaError } from '@pandakv/core';
import type { Variables } from '../config/index.js';
import type { LayoutShard } from '../data-folder/index.js';

const MIB = 1024 * 1024;
const ENGINE_CACHE_BYTES = 8 * MIB;
const SHARDS_MIN = 3;
const SHARDS_MAX = 64;

/** The environment variable of a server's connection string. */
export const URL_VARIABLES = Object.freeze({
  mysql: 'PANDA_MYSQL_URL',
  mariadb: 'PANDA_MARIADB_URL',
  postgres: 'PANDA_POSTGRES_URL',
});

export type ServerEngine = keyof typeof URL_VARIABLES;
export type QuickstartEngine = 'level' | 'sqlite' | ServerEngine;

type ShardEngine = LayoutShard['engine'];

const onServer = (packageName: string, engine: ServerEngine) => (id: string) => ({
  package: packageName,
  // A name of its own, so that nothing else on the server can be meant.
  options: { url: `\${${URL_VARIABLES[engine]}}`, table: `panda_quickstart_${id}` },
});

const ENGINES: Readonly<Record<QuickstartEngine, (id: string) => ShardEngine>> = {
  level: (id) => ({ package: '@pandakv/engine-level', options: { location: id, cacheBytes: ENGINE_CACHE_BYTES } }),
  sqlite: (id) => ({ package: '@pandakv/engine-sqlite', options: { file: `${id}.db` } }),
  mysql: onServer('@pandakv/engine-mysql', 'mysql'),
  mariadb: onServer('@pandakv/engine-mysql', 'mariadb'),
  postgres: onServer('@pandakv/engine-postgres', 'postgres'),
};

export const ENGINE_NAMES = Object.keys(ENGINES) as readonly QuickstartEngine[];

export function isServerEngine(name: string): name is ServerEngine {
  return Object.hasOwn(URL_VARIABLES, name);
}

/** Reads a list such as `level,sqlite`. */
export function parseEngines(text: string): QuickstartEngine[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !Object.hasOwn(ENGINES, name));
  if (unknown !== undefined) {
    throw new PandaError('InvalidArgument', `There is no engine '${unknown}'. There are ${ENGINE_NAMES.join(', ')}`);
  }
  if (names.length > SHARDS_MAX) throw new PandaError('InvalidArgument', `There may be ${SHARDS_MAX} engines at most`);
  return names as QuickstartEngine[];
}

/** A shard for each engine of the list; again from its beginning, until there are enough for moves between shards. */
export function shardsOver(engines: readonly QuickstartEngine[]): LayoutShard[] {
  return Array.from({ length: Math.max(SHARDS_MIN, engines.length) }, (_, at) => {
    const id = `s${at + 1}`;
    return { id, engine: ENGINES[engines[at % engines.length]!](id) };
  });
}

/** One more shard, in the data folder: of another engine than the others, if there is one. */
export function shardBeside(shards: readonly LayoutShard[]): LayoutShard {
  const id = `s${shards.length + 1}`;
  const candidates = [ENGINES.sqlite(id), ENGINES.level(id)];
  const other = candidates.find((engine) => shards.every((shard) => shard.engine.package !== engine.package));
  return { id, engine: other ?? candidates[0]! };
}

/** Whether the shard lies in the data folder, and not on a server. */
export function isLocal({ engine }: LayoutShard): boolean {
  return !('url' in engine.options);
}

/** The environment, with the connection strings that were given; MySQL's may also be that of a MariaDB. */
export function withUrls(environment: Variables, given: ReadonlyMap<ServerEngine, string>): Variables {
  const urls: Record<string, string> = {};
  for (const [engine, name] of Object.entries(URL_VARIABLES)) {
    const url = given.get(engine as ServerEngine) ?? environment[name];
    if (url !== undefined && url !== '') urls[name] = url.replace(/^mariadb:/, 'mysql:');
  }
  const mysql = urls[URL_VARIABLES.mysql] ?? urls[URL_VARIABLES.mariadb];
  return { ...environment, ...urls, ...(mysql === undefined ? {} : { [URL_VARIABLES.mysql]: mysql }) };
}

/** Fails unless there is a connection string for every server of the list. */
export function checkUrls(engines: readonly QuickstartEngine[], variables: Variables): void {
  for (const engine of engines) {
    if (!isServerEngine(engine) || (variables[URL_VARIABLES[engine]] ?? '') !== '') continue;
    const ways = `--url ${engine}=URL, the environment variable ${URL_VARIABLES[engine]}, or --testbed`;
    throw new PandaError('InvalidArgument', `The engine '${engine}' needs a server: give ${ways}`);
  }
}
