import {
  ALL_PROTECTIONS,
  ALL_RETENTIONS,
  decodeProtectionRecord,
  decodeRetentionRecord,
  encodeProtectionRecord,
  encodeRetentionRecord,
  protectionRecordKey,
  retentionRecordKey,
  type ProtectionRecord,
  type RetentionRecord,
} from '../catalog/index.js';
import { keyBytes } from '../keys/index.js';
import { all } from '../rebalance/index.js';
import type { Transaction } from '../transaction/index.js';

/** How long versions are kept unless it was said otherwise, in milliseconds: one hour. */
export const DEFAULT_RETENTION_MS = 3_600_000;

/** By prefix; that of the empty prefix is always there. */
export async function allRetentions(transaction: Transaction): Promise<RetentionRecord[]> {
  const records = await all(transaction, ALL_RETENTIONS, decodeRetentionRecord);
  if (records[0]?.prefix === '') return records;
  return [{ prefix: '', ms: DEFAULT_RETENTION_MS, threshold: 0 }, ...records];
}

export function putRetention(transaction: Transaction, record: RetentionRecord): void {
  transaction.set(keyBytes(retentionRecordKey(record.prefix)), encodeRetentionRecord(record));
}

export function allProtections(transaction: Transaction): Promise<ProtectionRecord[]> {
  return all(transaction, ALL_PROTECTIONS, decodeProtectionRecord);
}

export function putProtection(transaction: Transaction, record: ProtectionRecord): void {
  transaction.set(keyBytes(protectionRecordKey(record.name)), encodeProtectionRecord(record));
}

export function deleteProtection(transaction: Transaction, name: string): void {
  transaction.delete(keyBytes(protectionRecordKey(name)));
}
