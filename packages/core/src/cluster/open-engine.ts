import { SPI_LIMITS, type Engine } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import type { ResolvedEngine } from './resolve-engines.js';

/** Opens the engine of a shard. One that could not hold every row that may come to it is refused: rows go from any engine to any other. */
export async function openEngine({ id, plugin, options }: ResolvedEngine): Promise<Engine> {
  const engine = await plugin.open(options);
  const { batchBytesMax } = engine.capabilities;
  if (batchBytesMax >= SPI_LIMITS.batchBytesMin) return engine;
  await engine.close();
  const message = `The engine takes batches of ${batchBytesMax} bytes; Panda needs ${SPI_LIMITS.batchBytesMin} to hold the largest rows`;
  throw new PandaError('InvalidArgument', message, { shard: id });
}
