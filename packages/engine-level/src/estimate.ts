import { isEmptyRange, type Entry, type KeyRange, type RangeEstimate } from '@pandakv/core/engine';
import type { Access } from './database.js';
import { boundsOf, forEachChunk } from './iterate.js';
import { scanPage } from './scan-page.js';

const SAMPLE = { limit: 256, maxBytes: 64 * 1024 };

/** Sorts after every key: keys are at most 2,600 bytes. */
const AFTER_ALL = new Uint8Array(2_601).fill(0xff);

/** Keys and bytes of a range. Exact, by reading the range, where the database cannot tell sizes. */
export function estimateRange(access: Access, range: KeyRange): Promise<RangeEstimate> {
  return access.approximateSize ? estimateRoughly(access, range) : count(access, range);
}

/**
 * Exact for what fits in one sample of 256 entries and 64 KiB. Beyond that, bytes are the size of LevelDB's tables in the
 * range (compressed, garbage included, without the last writes that are in memory only), and keys are those bytes divided by
 * the sample's mean entry.
 */
async function estimateRoughly(access: Access, range: KeyRange): Promise<RangeEstimate> {
  const { entries, rest } = await scanPage(access, range, SAMPLE);
  const sampled = { keys: entries.length, bytes: bytesOf(entries) };
  if (rest === undefined) return sampled;
  const size = await access.database.approximateSize!(range.start, range.end ?? AFTER_ALL, access.encodings);
  const bytes = Math.max(size, sampled.bytes);
  return { keys: Math.round((bytes * sampled.keys) / sampled.bytes), bytes };
}

async function count(access: Access, range: KeyRange): Promise<RangeEstimate> {
  if (isEmptyRange(range)) return { keys: 0, bytes: 0 };
  let keys = 0;
  let bytes = 0;
  await forEachChunk(access.database.iterator(boundsOf(range)), (entries) => {
    keys += entries.length;
    bytes += bytesOf(entries);
  });
  return { keys, bytes };
}

function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
}
