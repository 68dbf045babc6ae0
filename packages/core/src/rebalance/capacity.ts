import { PandaError } from '../errors/index.js';
import type { Span } from '../keys/index.js';
import type { RangeTransfer } from '../shard/index.js';

const ALL: Span = { start: '', end: undefined };

/** Refuses what would bring a shard over what it has room for, by the estimates of the engines. */
export async function checkRoom(
  destination: RangeTransfer,
  bytesMax: number,
  coming: readonly { readonly source: RangeTransfer; readonly span: Span }[],
): Promise<void> {
  if (bytesMax === Infinity) return;
  const estimates = await Promise.all([
    destination.estimate(ALL),
    ...coming.map(async ({ source, span }) => await source.estimate(span)),
  ]);
  const bytes = estimates.reduce((sum, estimate) => sum + estimate.bytes, 0);
  if (bytes <= bytesMax) return;
  const message = `The shard '${destination.id}' is full: it would have about ${bytes} bytes, and has room for ${bytesMax}`;
  throw new PandaError('InvalidArgument', message, { shard: destination.id });
}
