import type { Timestamp } from '../clock/index.js';
import type { Key } from '../keys/index.js';
import { ROW_SPACE } from './row-space.js';
import { pack, seal, unpack, unseal } from './sealed-row.js';

/**
 * `o` + transaction: at the anchor, what became of a cross-shard transaction; at any shard, that a transaction must not be
 * prepared or committed any more.
 */
export interface OutcomeRow {
  readonly transaction: string;
  /** Commit timestamp; undefined when aborted. */
  readonly committedAt: Timestamp | undefined;
  /** Of a commit that writes stamps: the shard whose promise was the commit timestamp. */
  readonly stampedBy?: string | undefined;
  /** Shards that have not yet said that they applied it. */
  readonly unheard: readonly string[];
  /** An abort may be forgotten after this: nothing of the transaction can arrive any more. */
  readonly keepUntil: Timestamp;
}

export function outcomeRowKey(transaction: string): Key {
  return ROW_SPACE.outcome + transaction;
}

export function encodeOutcomeRow(row: OutcomeRow): Buffer {
  const fields: unknown[] = [row.committedAt ?? null, row.unheard, row.keepUntil];
  if (row.stampedBy !== undefined) fields.push(row.stampedBy);
  return seal(outcomeRowKey(row.transaction), pack(fields));
}

export function decodeOutcomeRow(rowKey: Key, bytes: Uint8Array): OutcomeRow {
  const [committedAt, unheard, keepUntil, stampedBy] = unpack(unseal(rowKey, bytes)) as [
    number | null,
    string[],
    number,
    string | undefined,
  ];
  const row = { transaction: rowKey.slice(1), committedAt: committedAt ?? undefined, unheard, keepUntil };
  return stampedBy === undefined ? row : { ...row, stampedBy };
}
