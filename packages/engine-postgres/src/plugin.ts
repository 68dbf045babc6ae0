import { ENGINE_PLUGIN, PandaError, type Engine, type EnginePlugin, type EngineSource } from '@pandakv/core/engine';
import { ContainerModule } from 'inversify';
import { z } from 'zod';
import { Connections } from './connections.js';
import { toOpenError } from './error-map.js';
import { openTable } from './open-table.js';
import { schema, settingsOf, type PostgresOptions } from './options.js';
import { closeConnections, PostgresEngine } from './postgres-engine.js';
import { quoteTable } from './table-name.js';

const NAME = 'postgres';

/** The engine plugin of PostgreSQL. */
export const plugin: EnginePlugin<PostgresOptions> = Object.freeze({
  name: NAME,
  schema,
  open,
  storageOf,
  module: new ContainerModule(({ bind }) => {
    bind<EnginePlugin<PostgresOptions>>(ENGINE_PLUGIN)
      .toDynamicValue(() => plugin)
      .whenNamed(NAME);
  }),
});

/** A store for a shard's configuration; it is opened by core. */
export function postgres(options: PostgresOptions): EngineSource<PostgresOptions> {
  return { plugin, options };
}

/** The table, wherever it is. A name and an address of one server are two places. */
function storageOf(options: PostgresOptions): string | undefined {
  const { host, port, database, schema: schemaName, table } = settingsOf(options);
  return `postgres ${host.toLowerCase()}:${port}/${database}/${schemaName}/${table}`;
}

/**
 * Opens a store, creating its table where nothing is.
 *
 * @throws PandaError `InvalidArgument` for wrong options, a refused user, a table that is not a store of this engine, and a newer
 *   format; `Corruption` for a store that was altered; `ShardUnavailable` for a server that is out of reach. What is not ours
 *   is left untouched.
 */
async function open(options: PostgresOptions): Promise<Engine> {
  const parsed = schema.safeParse(options);
  if (!parsed.success) {
    throw new PandaError('InvalidArgument', `Options of the engine '${NAME}': ${z.prettifyError(parsed.error)}`);
  }
  const settings = settingsOf(parsed.data);
  const { connections } = settings;
  const reads = new Connections(settings, Math.max(1, connections - 1));
  const writes = connections === 1 ? reads : new Connections(settings, 1);
  try {
    const durability = await openTable(reads, settings);
    return new PostgresEngine({ reads, writes, table: quoteTable(settings), durability });
  } catch (error) {
    await closeConnections({ reads, writes });
    throw toOpenError(error);
  }
}
