import { ENGINE_PLUGIN, PandaError, type Engine, type EnginePlugin } from '@pandakv/core/engine';
import { ContainerModule } from 'inversify';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { toPandaError } from './error-map.js';
import { LogFile } from './log-file.js';
import { applyBatch, SkeletonEngine } from './skeleton-engine.js';
import { SortedRows } from './sorted-rows.js';
import { lockStore } from './store-lock.js';

const NAME = 'skeleton';

const schema = z.strictObject({ location: z.string().min(1) });

export type SkeletonOptions = z.infer<typeof schema>;

async function open(options: SkeletonOptions): Promise<Engine> {
  const parsed = schema.safeParse(options);
  if (!parsed.success) {
    throw new PandaError('InvalidArgument', `Options of the engine '${NAME}': ${z.prettifyError(parsed.error)}`);
  }
  const { location } = parsed.data;
  try {
    await mkdir(location, { recursive: true });
    const release = await lockStore(join(location, 'lock'));
    try {
      const rows = new SortedRows();
      const log = await LogFile.open(join(location, 'log'), (batch) => applyBatch(rows, batch));
      return new SkeletonEngine(rows, log, release);
    } catch (error) {
      await release();
      throw error;
    }
  } catch (error) {
    throw toPandaError(error);
  }
}

export const plugin: EnginePlugin<SkeletonOptions> = Object.freeze({
  name: NAME,
  schema,
  open,
  module: new ContainerModule(({ bind }) => {
    bind<EnginePlugin<SkeletonOptions>>(ENGINE_PLUGIN)
      .toDynamicValue(() => plugin)
      .whenNamed(NAME);
  }),
});
