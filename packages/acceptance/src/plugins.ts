import type { Engine, EnginePlugin } from '@pandakv/core/engine';
import { plugin as level } from '@pandakv/engine-level';
import { plugin as mysql } from '@pandakv/engine-mysql';
import { plugin as postgres } from '@pandakv/engine-postgres';
import { plugin as sqlite } from '@pandakv/engine-sqlite';
import type { EngineName } from './engine-name.js';

/** How each engine is opened, as a configuration does it: with options that its schema checks. */
const OPENERS: Readonly<Record<EngineName, (options: unknown) => Promise<Engine>>> = {
  level: opener(level),
  sqlite: opener(sqlite),
  mariadb: opener(mysql),
  mysql: opener(mysql),
  postgres: opener(postgres),
};

function opener<Options>(plugin: EnginePlugin<Options>): (options: unknown) => Promise<Engine> {
  return (options) => plugin.open(plugin.schema.parse(options));
}

export async function openEngine(name: EngineName, options: unknown): Promise<Engine> {
  return await OPENERS[name](options);
}
