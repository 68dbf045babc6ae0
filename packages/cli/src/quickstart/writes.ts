import type { Transaction } from '@pandakv/core';

/** A key and its new value; null deletes it. */
export type Write = readonly [key: Uint8Array, value: Uint8Array | null];

/** Writes keys in their order, which keeps together what lies together. */
export function writeInKeyOrder(transaction: Transaction, writes: Write[]): void {
  writes.sort(([a], [b]) => Buffer.compare(a, b));
  for (const [key, value] of writes) {
    if (value === null) transaction.delete(key);
    else transaction.set(key, value);
  }
}
