import { ContainerModule } from 'inversify';
import { z } from 'zod';
import { ENGINE_PLUGIN, type Engine, type EnginePlugin, type EngineSource } from '@pandakv/core/engine';

/** What a database opens, by a plugin like those of real engines. */
export function engineSource(name: string, open: () => Engine): EngineSource {
  const plugin: EnginePlugin = {
    name,
    schema: z.unknown(),
    open: async () => open(),
    module: new ContainerModule(({ bind }) => {
      bind<EnginePlugin>(ENGINE_PLUGIN)
        .toDynamicValue(() => plugin)
        .whenNamed(name);
    }),
  };
  return { plugin, options: {} };
}
