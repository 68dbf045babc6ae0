import { ENGINE_PLUGIN, PandaError, type Engine, type EnginePlugin, type EngineSource } from '@pandakv/core/engine';
import { ContainerModule } from 'inversify';
import { z } from 'zod';
import { connect } from './connect.js';
import { ConnectionPool } from './connection-pool.js';
import { toOpenError } from './error-map.js';
import { MysqlEngine } from './mysql-engine.js';
import { schema, type MysqlOptions } from './options.js';
import { readCapabilities } from './server-facts.js';
import { settingsOf, type Settings } from './settings.js';
import { openTable } from './store-table.js';

const NAME = 'mysql';

/** The engine plugin of MySQL and MariaDB. */
export const plugin: EnginePlugin<MysqlOptions> = Object.freeze({
  name: NAME,
  schema,
  open,
  storageOf,
  module: new ContainerModule(({ bind }) => {
    bind<EnginePlugin<MysqlOptions>>(ENGINE_PLUGIN)
      .toDynamicValue(() => plugin)
      .whenNamed(NAME);
  }),
});

/** A store for a shard's configuration; it is opened by core. */
export function mysql(options: MysqlOptions): EngineSource<MysqlOptions> {
  return { plugin, options };
}

/** The table, wherever it is. A name and an address of one server are two places, as are a socket and a port. */
function storageOf(options: MysqlOptions): string | undefined {
  const { host, port, socketPath, database, table } = settingsOf(options);
  return `mysql ${socketPath ?? `${host.toLowerCase()}:${port}`}/${database}/${table}`;
}

/**
 * Opens a store, creating its table where none is.
 *
 * @throws PandaError `InvalidArgument` for wrong options (also a user, password or database that the server refuses), for a table
 *   that is not a store of this engine, and for a newer format; `Corruption` for a store that was altered; `ShardUnavailable` for a
 *   server that is out of reach. What is not ours is left untouched.
 */
async function open(options: MysqlOptions): Promise<Engine> {
  const parsed = schema.safeParse(options);
  if (!parsed.success) {
    throw new PandaError('InvalidArgument', `Options of the engine '${NAME}': ${z.prettifyError(parsed.error)}`);
  }
  return openStore(settingsOf(parsed.data));
}

async function openStore(settings: Settings): Promise<Engine> {
  const { connections, queueMax, requestTimeoutMs, place } = settings;
  const pool = new ConnectionPool({ connections, queueMax, waitMs: requestTimeoutMs, connect: () => connect(settings) });
  try {
    return await pool.use(async (connection) => {
      const capabilities = await readCapabilities(connection);
      await openTable(connection, settings);
      return new MysqlEngine(pool, settings.table, capabilities);
    });
  } catch (error) {
    throw toOpenError(error, place);
  }
}
