import { ContainerModule } from 'inversify';
import {
  ENGINE_PLUGIN,
  type Engine,
  type EnginePlugin,
  type EngineScanOptions,
  type EngineSource,
  type KeyRange,
  type WriteBatch,
} from '@pandakv/core/engine';

/** What a test hears of every call to a real engine, and may do about it. */
export interface EngineHooks {
  get?(keys: readonly Uint8Array[]): unknown;
  scan?(range: KeyRange, options: EngineScanOptions): unknown;
  /** Calls `apply` to let the batch through, and may throw before or after that. */
  write?(batch: WriteBatch, apply: () => Promise<void>): Promise<void>;
  /** Instead of closing the engine. */
  close?(): Promise<void>;
}

let plugins = 0;

/** The same store, with every call passing the hooks. */
export function hooked(source: EngineSource, hooks: EngineHooks): EngineSource {
  const name = `${source.plugin.name}-hooked-${++plugins}`;
  const plugin: EnginePlugin = {
    name,
    schema: source.plugin.schema,
    open: async (options) => withHooks(await source.plugin.open(options), hooks),
    module: new ContainerModule(({ bind }) => {
      bind<EnginePlugin>(ENGINE_PLUGIN)
        .toDynamicValue(() => plugin)
        .whenNamed(name);
    }),
  };
  return { plugin, options: source.options };
}

/** A source whose engine is open already; closing it leaves it open. */
export function opened(engine: Engine, source: EngineSource): EngineSource {
  return hooked(
    { plugin: { ...source.plugin, open: () => Promise.resolve(engine) }, options: source.options },
    {
      close: () => Promise.resolve(),
    },
  );
}

export function withHooks(engine: Engine, hooks: EngineHooks): Engine {
  return {
    capabilities: engine.capabilities,
    get: (keys) => {
      hooks.get?.(keys);
      return engine.get(keys);
    },
    scan: (range, options) => {
      hooks.scan?.(range, options);
      return engine.scan(range, options);
    },
    write: (batch) =>
      hooks.write === undefined ? engine.write(batch) : hooks.write(batch, async () => await engine.write(batch)),
    estimate: (range) => engine.estimate(range),
    close: () => (hooks.close === undefined ? engine.close() : hooks.close()),
  };
}
