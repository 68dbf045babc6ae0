import { SPI_LIMITS } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import type { ShardContext } from './shard-context.js';

/** Room in a batch for the guard, the journal's frame and what else shares the group. */
const BATCH_RESERVE_BYTES = 8 * 1024 * 1024;

/**
 * Refuses rows of a commit that no batch of the engine can hold.
 *
 * @param bytes of what it writes and of what that supersedes
 */
export function checkBatchSize({ id, engine }: ShardContext, bytes: number): void {
  const max = Math.min(engine.capabilities.batchBytesMax, SPI_LIMITS.batchBytesMin * 2) - BATCH_RESERVE_BYTES;
  if (bytes <= max) return;
  throw new PandaError('TransactionTooLarge', `What is written and superseded sums to more than ${max} bytes`, { shard: id });
}
