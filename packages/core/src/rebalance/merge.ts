import type { RangeDescriptor } from '../catalog/index.js';
import { PandaError } from '../errors/index.js';
import { keyHex, type Key, type Span } from '../keys/index.js';
import { checkNotMoving } from './move-records.js';
import { deleteRange, putRange, rangeBefore, rangeHolding } from './range-records.js';
import type { SystemTransactions } from './system-transactions.js';

/**
 * Joins the range that begins at a key to the one before it, which keeps its id: one transaction over the catalog and the owner's range
 * rows. Both must be on one shard. Answers the span of the two.
 */
export async function merge(system: SystemTransactions, key: Key): Promise<Span> {
  return await system.run(async (transaction, changes) => {
    const right = await rangeHolding(transaction, key);
    if (right.start !== key) throw new PandaError('InvalidArgument', 'No range begins at the key', { key: keyHex(key) });
    const left = await rangeBefore(transaction, key);
    if (left.shard !== right.shard) {
      const message = `The ranges lie on the shards '${left.shard}' and '${right.shard}'; move one of them first`;
      throw new PandaError('InvalidArgument', message, { key: keyHex(key) });
    }
    await checkNotMoving(transaction, left);
    await checkNotMoving(transaction, right);
    const epoch = Math.max(left.epoch, right.epoch) + 1;
    const joined: RangeDescriptor = { ...left, end: right.end, epoch };
    putRange(transaction, joined);
    deleteRange(transaction, right);
    changes.set(left.shard, { drop: [left, right].map(({ id, epoch: was }) => ({ id, epoch: was })), put: [joined] });
    return joined;
  });
}
