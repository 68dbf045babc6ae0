import type { RangeDescriptor } from '../catalog/index.js';
import type { Key, Span } from '../keys/index.js';
import { checkNotMoving } from './move-records.js';
import { newRangeId, putRange, rangeHolding } from './range-records.js';
import type { SystemTransactions } from './system-transactions.js';

/**
 * Divides the range that holds a key, so that one begins there: one transaction over the catalog and the owner's range rows. The left
 * part keeps the id. Nothing happens where a range begins at the key already. Answers the span that was looked at.
 */
export async function split(system: SystemTransactions, key: Key): Promise<Span> {
  return await system.run(async (transaction, changes) => {
    const range = await rangeHolding(transaction, key);
    if (range.start === key) return range;
    await checkNotMoving(transaction, range);
    const epoch = range.epoch + 1;
    const left: RangeDescriptor = { ...range, end: key, epoch };
    const right: RangeDescriptor = { ...range, start: key, epoch, id: await newRangeId(transaction) };
    putRange(transaction, left);
    putRange(transaction, right);
    changes.set(range.shard, { drop: [{ id: range.id, epoch: range.epoch }], put: [left, right] });
    return range;
  });
}
