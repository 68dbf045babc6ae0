import type { Store } from '../engine/store.js';
import type { ShardCall } from '../network/remote-shard.js';
import { textOfStore } from './row-text.js';

const ABOUT_ENDED = ['learn', 'apply', 'decide', 'vote', 'resolve'];

/**
 * Whether a call is about a transaction that has ended at this shard, durably: then it changes nothing, and its answer is the same
 * whenever it comes.
 */
export function isOver({ method, args }: ShardCall, store: Store): boolean {
  const [first] = args;
  const transaction = typeof first === 'string' ? first : (first as { transaction?: string }).transaction;
  if (transaction === undefined || !ABOUT_ENDED.includes(method)) return false;
  const text = textOfStore(store);
  if (text.includes(`["prepared",{"transaction":"${transaction}"`)) return false;
  const isCommitted = text.includes(`{"transaction":"${transaction}","timestamp"`);
  return isCommitted || text.includes(`["outcome",{"transaction":"${transaction}","unheard"`);
}
