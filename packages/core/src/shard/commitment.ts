import type { Timestamp } from '../clock/index.js';
import type { Commitment } from './shard.js';

/**
 * All have promised: committed at the greatest promise. It is a reading of the clock of one shard, the first of those who promised it, and no
 * other commit has the same reading of that clock: so the two together are the commit's alone.
 *
 * @param promises in the order of the participants.
 */
export function commitmentBy(
  participants: readonly string[],
  promises: readonly Timestamp[],
): Commitment & { readonly stampedBy: string } {
  const committedAt = Math.max(...promises);
  return { committedAt, stampedBy: participants[promises.indexOf(committedAt)]! };
}
