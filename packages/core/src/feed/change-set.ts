import type { Router } from '../catalog/index.js';
import type { Timestamp } from '../clock/index.js';
import { keyBytes } from '../keys/index.js';
import { transactionOf, type ChangedKey, type CommittedChanges } from '../shard/index.js';
import { copyOf, Reader } from '../transaction/index.js';

/** What a transaction made of a key. */
export interface Change {
  readonly key: Uint8Array;
  /** Undefined: it was deleted. */
  readonly value: Uint8Array | undefined;
}

/** A transaction with all its changes in the range, by key. */
export interface TransactionChanges {
  readonly id: string;
  readonly changes: readonly Change[];
}

/** All that was committed at a timestamp. Everything up to it has been told then; without transactions it says only that. */
export interface ChangeSet {
  readonly timestamp: Timestamp;
  readonly transactions: readonly TransactionChanges[];
}

/** Joins the parts of transactions, in the order of time; of the same time, of their ids. */
export async function changeSetsOf(router: Router, commits: readonly CommittedChanges[]): Promise<ChangeSet[]> {
  const byTimestamp = new Map<Timestamp, Map<string, ChangedKey[]>>();
  for (const { transaction, timestamp, changes } of commits) {
    const transactions = byTimestamp.get(timestamp) ?? new Map<string, ChangedKey[]>();
    byTimestamp.set(timestamp, transactions);
    const id = transactionOf(transaction);
    transactions.set(id, [...(transactions.get(id) ?? []), ...changes]);
  }
  const sets: ChangeSet[] = [];
  for (const timestamp of [...byTimestamp.keys()].sort((a, b) => a - b)) {
    const transactions: TransactionChanges[] = [];
    for (const [id, changes] of [...byTimestamp.get(timestamp)!].sort(([a], [b]) => (a < b ? -1 : 1))) {
      transactions.push({ id, changes: await changesOf(router, timestamp, changes) });
    }
    sets.push({ timestamp, transactions });
  }
  return sets;
}

async function changesOf(router: Router, timestamp: Timestamp, changes: readonly ChangedKey[]): Promise<Change[]> {
  const elsewhere = changes.filter(({ isElsewhere }) => isElsewhere).map(({ key }) => key);
  const versions = elsewhere.length === 0 ? [] : await new Reader(router, timestamp).getMany(elsewhere);
  const found = new Map(elsewhere.map((key, at) => [key, versions[at]!]));
  const sorted = [...changes].sort((a, b) => (a.key < b.key ? -1 : 1));
  return sorted.map(({ key, value }) => {
    const version = found.get(key);
    // A version of another time: this commit has deleted the key.
    const moved = version?.timestamp === timestamp ? version.value : undefined;
    return { key: keyBytes(key), value: copyOf(version === undefined ? value : moved) };
  });
}
