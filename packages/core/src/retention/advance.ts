import type { ProtectionRecord, RetentionRecord } from '../catalog/index.js';
import { TICKS_PER_MS, type Timestamp } from '../clock/index.js';
import type { Key } from '../keys/index.js';
import { DEFAULT_RETENTION_MS } from './retention-records.js';

/** How far each threshold can go by now. None goes back, whatever was changed. */
export function advanced(
  records: readonly RetentionRecord[],
  protections: readonly ProtectionRecord[],
  now: Timestamp,
): RetentionRecord[] {
  const oldest = Math.min(...protections.map(({ timestamp }) => timestamp));
  return records.map((record) => {
    const due = Math.min(now - retentionOf(record.prefix, records) * TICKS_PER_MS, oldest);
    return { ...record, threshold: Math.max(record.threshold, due) };
  });
}

/** How long versions of a key are kept, in milliseconds. */
export function retentionOf(key: Key, records: readonly RetentionRecord[]): number {
  let longest: RetentionRecord | undefined;
  for (const record of records) {
    if (record.ms === undefined || !key.startsWith(record.prefix)) continue;
    if (longest === undefined || record.prefix.length > longest.prefix.length) longest = record;
  }
  return longest?.ms ?? DEFAULT_RETENTION_MS;
}
