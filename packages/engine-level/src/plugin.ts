import { ENGINE_PLUGIN, PandaError, type Engine, type EnginePlugin, type EngineSource } from '@pandakv/core/engine';
import { ContainerModule } from 'inversify';
import { resolve } from 'node:path';
import { z } from 'zod';
import { LevelEngine, type LevelStore } from './level-engine.js';
import { openDatabase, openMemory } from './open-database.js';
import { openLocation } from './open-location.js';
import { schema, type LevelLocationOptions, type LevelOptions } from './options.js';
import { realPathOf } from './real-path.js';

const NAME = 'level';

/** The engine plugin of LevelDB and of abstract-level databases. */
export const plugin: EnginePlugin<LevelOptions> = Object.freeze({
  name: NAME,
  schema,
  open,
  storageOf,
  withPathsFrom,
  module: new ContainerModule(({ bind }) => {
    bind<EnginePlugin<LevelOptions>>(ENGINE_PLUGIN)
      .toDynamicValue(() => plugin)
      .whenNamed(NAME);
  }),
});

/** A store for a shard's configuration; it is opened by core. */
export function level(options: LevelOptions): EngineSource<LevelOptions> {
  return { plugin, options };
}

/**
 * Opens a store, creating it where nothing is.
 *
 * @throws PandaError `InvalidArgument` for wrong options, for what is not a store of this engine, and for a newer format;
 *   `Corruption` for a damaged store; `ShardUnavailable` for one that is locked or out of reach. What is not ours is left
 *   untouched.
 */
async function open(options: LevelOptions): Promise<Engine> {
  const parsed = schema.safeParse(options);
  if (!parsed.success) {
    throw new PandaError('InvalidArgument', `Options of the engine '${NAME}': ${z.prettifyError(parsed.error)}`);
  }
  return new LevelEngine(await openStore(parsed.data));
}

function openStore(options: LevelOptions): Promise<LevelStore> {
  if (isInFolder(options)) return openLocation(options);
  if ('database' in options && options.database !== undefined) return openDatabase(options);
  return openMemory();
}

function isInFolder(options: LevelOptions): options is LevelLocationOptions {
  return 'location' in options && options.location !== undefined;
}

function storageOf(options: LevelOptions): string | undefined {
  return isInFolder(options) ? realPathOf(options.location) : undefined;
}

function withPathsFrom(folder: string, options: LevelOptions): LevelOptions {
  return isInFolder(options) ? { ...options, location: resolve(folder, options.location) } : options;
}
