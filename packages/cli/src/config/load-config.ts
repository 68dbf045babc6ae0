import type { DatabaseConfig } from '@pandakv/core';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configSchema, type ConfigFile } from './config-schema.js';
import { expandEnvironment, type Variables } from './expand-environment.js';
import { throwProblems } from './problems.js';
import { readConfigFile } from './read-config-file.js';

/** Where engine packages are looked for that the folder of the configuration has not. */
export const PACKAGE_FOLDERS: readonly string[] = [dirname(fileURLToPath(import.meta.url))];

/**
 * What core opens for a configuration file.
 *
 * @throws PandaError `InvalidArgument` that names the places in the file
 */
export async function loadConfig(path: string, variables: Variables = process.env): Promise<DatabaseConfig> {
  const file = resolve(path);
  const where = `'${path}'`;
  const parsed = configSchema.safeParse(expandEnvironment(await readConfigFile(file), variables, where));
  throwProblems(parsed.error?.issues ?? [], where);
  return toDatabaseConfig(parsed.data!, dirname(file));
}

function toDatabaseConfig({ shards, splits, cacheBytes, settings, balance }: ConfigFile, folder: string): DatabaseConfig {
  return {
    shards,
    ...(splits === undefined ? {} : { splits: splits.map(toSplit) }),
    ...(cacheBytes === undefined ? {} : { cacheBytes }),
    ...(settings === undefined ? {} : { settings: withoutUndefined(settings) }),
    ...(balance === undefined ? {} : { balance: withoutUndefined(balance) }),
    folder,
    packageFolders: PACKAGE_FOLDERS,
  };
}

function toSplit({ key, keyHex, shard }: NonNullable<ConfigFile['splits']>[number]): { key: string | Uint8Array; shard: string } {
  return { key: keyHex === undefined ? key! : Buffer.from(keyHex, 'hex'), shard };
}

type Given<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

function withoutUndefined<T extends object>(settings: T): Given<T> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Given<T>;
}
