import { ENGINE_PLUGIN, PandaError, type Engine, type EnginePlugin, type EngineSource } from '@pandakv/core/engine';
import { ContainerModule } from 'inversify';
import { resolve } from 'node:path';
import { z } from 'zod';
import { openFile } from './open-file.js';
import { openMemory } from './open-memory.js';
import { schema, type SqliteFileOptions, type SqliteOptions } from './options.js';
import { realPathOf } from './real-path.js';
import { SqliteEngine } from './sqlite-engine.js';

const NAME = 'sqlite';

/** The engine plugin of SQLite. */
export const plugin: EnginePlugin<SqliteOptions> = Object.freeze({
  name: NAME,
  schema,
  open,
  storageOf,
  withPathsFrom,
  module: new ContainerModule(({ bind }) => {
    bind<EnginePlugin<SqliteOptions>>(ENGINE_PLUGIN)
      .toDynamicValue(() => plugin)
      .whenNamed(NAME);
  }),
});

/** A store for a shard's configuration; it is opened by core. */
export function sqlite(options: SqliteOptions): EngineSource<SqliteOptions> {
  return { plugin, options };
}

/**
 * Opens a store, creating it where nothing is.
 *
 * @throws PandaError `InvalidArgument` for wrong options, for what is not a store of this engine, and for a newer format;
 *   `Corruption` for a damaged store; `ShardUnavailable` for one that is locked or out of reach. What is not ours is left
 *   untouched.
 */
async function open(options: SqliteOptions): Promise<Engine> {
  const parsed = schema.safeParse(options);
  if (!parsed.success) {
    throw new PandaError('InvalidArgument', `Options of the engine '${NAME}': ${z.prettifyError(parsed.error)}`);
  }
  return new SqliteEngine(isInFile(parsed.data) ? await openFile(parsed.data) : openMemory());
}

function isInFile(options: SqliteOptions): options is SqliteFileOptions {
  return 'file' in options && options.file !== undefined;
}

function storageOf(options: SqliteOptions): string | undefined {
  return isInFile(options) ? realPathOf(options.file) : undefined;
}

function withPathsFrom(folder: string, options: SqliteOptions): SqliteOptions {
  return isInFile(options) ? { ...options, file: resolve(folder, options.file) } : options;
}
