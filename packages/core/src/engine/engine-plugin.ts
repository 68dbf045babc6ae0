import type { ContainerModule } from 'inversify';
import type { ZodType } from 'zod';
import type { Engine } from './engine.js';

/**
 * What an engine package exports as `plugin`: how to check its options and how to open an engine with them. It never
 * creates or changes anything in a store that is not Panda's: that is `InvalidArgument`, a newer format is
 * `InvalidArgument`, a damaged one `Corruption`, one that cannot be had now (locked, unreachable) `ShardUnavailable`.
 */
export interface EnginePlugin<Options = unknown> {
  /** Short and unique, for people: `level`, `mysql`. */
  readonly name: string;
  /** Schema of the options; core parses with it before `open`. */
  readonly schema: ZodType<Options>;
  /** Opens the store, creating it where nothing is. */
  open(options: Options): Promise<Engine>;
  /**
   * Which store the options mean, in a form that is the same whenever the store is: a real path; host, port, database and table.
   * Never a password. Undefined for a store that is new with every opening. Two shards cannot be on one store.
   */
  storageOf?(options: Options): string | undefined;
  /** The options with relative paths taken from that folder; without it they are taken from the working directory. */
  withPathsFrom?(folder: string, options: Options): Options;
  /** Binds the plugin to {@link ENGINE_PLUGIN}, named by its `name`. */
  readonly module: ContainerModule;
}

/** Service identifier under which engine packages bind their plugin. */
export const ENGINE_PLUGIN = Symbol.for('@pandakv/core/EnginePlugin');

/** An engine package together with the options for one store: what a shard's configuration names. */
export interface EngineSource<Options = unknown> {
  readonly plugin: EnginePlugin<Options>;
  readonly options: Options;
}
