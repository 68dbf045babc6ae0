import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { EngineSource } from '@pandakv/core/engine';
import { level } from '@pandakv/engine-level';

/**
 * The engines that the tests of transactions run on: PANDA_TEST_ENGINE, one name or several with commas between, in which case
 * the shards of a database take turns. LevelDB unless it is set.
 */
export const TEST_ENGINES = (process.env['PANDA_TEST_ENGINE'] ?? 'level').split(',');

interface StoreKind {
  /** An empty store that nobody opens twice. */
  fresh(): Promise<EngineSource>;
  /** The store of a name in a folder. */
  kept(folder: string, name: string): Promise<EngineSource>;
}

const KINDS: Readonly<Record<string, StoreKind>> = {
  level: {
    fresh: async () => level({ memory: true }),
    kept: async (folder, name) => level({ location: join(folder, name) }),
  },
  sqlite: {
    fresh: async () => (await import('@pandakv/engine-sqlite')).sqlite({ memory: true }),
    kept: async (folder, name) => (await import('@pandakv/engine-sqlite')).sqlite({ file: join(folder, `${name}.sqlite`) }),
  },
  mariadb: ofServer('mariadb', mysqlStore),
  mysql: ofServer('mysql', mysqlStore),
  postgres: ofServer('postgres', postgresStore),
};

/** An empty store for the shard that stands at this place in its database. */
export function freshStore(at: number): Promise<EngineSource> {
  return kindAt(at).fresh();
}

/** The store of the shard at this place in the database that belongs to a folder. */
export function keptStore(folder: string, at: number): Promise<EngineSource> {
  return kindAt(at).kept(folder, `s${at + 1}`);
}

function kindAt(at: number): StoreKind {
  const name = TEST_ENGINES[at % TEST_ENGINES.length]!;
  const kind = KINDS[name];
  if (kind === undefined) throw new Error(`PANDA_TEST_ENGINE names '${name}'; known are ${Object.keys(KINDS).join(', ')}`);
  return kind;
}

async function mysqlStore(url: string, table: string): Promise<EngineSource> {
  const { mysql } = await import('@pandakv/engine-mysql');
  return mysql({ url, table });
}

async function postgresStore(url: string, table: string): Promise<EngineSource> {
  const { postgres } = await import('@pandakv/engine-postgres');
  return postgres({ url, table });
}

/** Each store is a table of one database, so that a test costs no database of its own. */
function ofServer(
  kind: 'mariadb' | 'mysql' | 'postgres',
  store: (url: string, table: string) => Promise<EngineSource>,
): StoreKind {
  const tableOf = (name: string): string => `t_${createHash('sha256').update(name).digest('hex').slice(0, 20)}`;
  return {
    fresh: async () => await store(await databaseUrl(kind), tableOf(randomUUID())),
    kept: async (folder, name) => await store(await databaseUrl(kind), tableOf(`${folder}/${name}`)),
  };
}

/** The database of this process, and by the environment of those that it starts. */
async function databaseUrl(kind: 'mariadb' | 'mysql' | 'postgres'): Promise<string> {
  const name = `PANDA_TEST_${kind.toUpperCase()}_DATABASE`;
  databases.set(
    kind,
    databases.get(kind) ?? (process.env[name] === undefined ? createDatabase(kind) : Promise.resolve(process.env[name])),
  );
  return (process.env[name] = await databases.get(kind)!);
}

const databases = new Map<string, Promise<string>>();

async function createDatabase(kind: 'mariadb' | 'mysql' | 'postgres'): Promise<string> {
  const { sharedServer } = await import('@pandakv/testbed');
  return await (await sharedServer(kind)).createDatabase();
}
