import { PandaError } from '../errors/index.js';
import { LIMITS, toInt64, userValue, type Bytes } from '../keys/index.js';
import type { AtomicOperation } from '../shard/index.js';

/**
 * A change of a key's value that needs no read of it, and so conflicts with no other write of the key.
 *
 * - `add`: to a 64-bit number with its sign (see {@link int64}; 0 where the key is absent). On overflow it wraps around, or refuses the
 *   transaction with `PreconditionFailed`: default `refuse`.
 * - `min`, `max`: the lesser or greater of the two numbers; the given one where the key is absent.
 * - `and`, `or`, `xor`: bit by bit, as long as the operand; what the value lacks counts as zeros.
 * - `append`: adds bytes at the end, if the value is then no longer than `limit` bytes (default and at most 1 MiB); else nothing.
 * - `compareAndDelete`: deletes the key if it has that value.
 * - `setIfAbsent`: sets the value if the key has none.
 *
 * `add`, `min` and `max` refuse the transaction where the value is no 64-bit number.
 */
export type AtomicChange =
  | { readonly type: 'add'; readonly amount: bigint | number; readonly overflow?: 'wrap' | 'refuse' }
  | { readonly type: 'min' | 'max'; readonly amount: bigint | number }
  | { readonly type: 'and' | 'or' | 'xor'; readonly operand: Bytes }
  | { readonly type: 'append'; readonly suffix: Bytes; readonly limit?: number }
  | { readonly type: 'compareAndDelete'; readonly expected: Bytes }
  | { readonly type: 'setIfAbsent'; readonly value: Bytes };

/** A user's change, checked; undefined when its type is none of an atomic change. */
export function checkAtomicChange(change: AtomicChange): AtomicOperation | undefined {
  switch (change.type) {
    case 'add':
      return { type: 'add', amount: toInt64(change.amount), overflow: checkOverflow(change.overflow) };
    case 'min':
    case 'max':
      return { type: change.type, amount: toInt64(change.amount) };
    case 'and':
    case 'or':
    case 'xor':
      return { type: change.type, operand: userValue(change.operand) };
    case 'append':
      return { type: 'append', suffix: userValue(change.suffix), limit: checkLimit(change.limit) };
    case 'compareAndDelete':
      return { type: 'compareAndDelete', expected: userValue(change.expected) };
    case 'setIfAbsent':
      return { type: 'setIfAbsent', value: userValue(change.value) };
    default:
      return undefined;
  }
}

function checkOverflow(overflow: 'wrap' | 'refuse' = 'refuse'): 'wrap' | 'refuse' {
  if (overflow === 'wrap' || overflow === 'refuse') return overflow;
  throw new PandaError('InvalidArgument', "overflow must be 'wrap' or 'refuse'");
}

function checkLimit(limit: number = LIMITS.valueBytesMax): number {
  if (Number.isSafeInteger(limit) && limit >= 0 && limit <= LIMITS.valueBytesMax) return limit;
  throw new PandaError('InvalidArgument', `The limit of an append must be a whole number of at most ${LIMITS.valueBytesMax}`);
}
