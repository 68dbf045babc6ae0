import { crc32 } from 'node:zlib';
import type { Timestamp } from '../clock/index.js';
import type { Key } from '../keys/index.js';
import { uint53Key } from '../rows/index.js';

export const VERSIONSTAMP_BYTES = 10;
/** Of the 8 bytes of a timestamp the first is always 0. */
const LEADING_ZEROS = 1;
const TAG_VALUES = 2 ** 24;

/** Where a leader writes the stamp of the commit, once it has it. */
export interface Stamp {
  /** Index among the written keys. */
  readonly at: number;
  readonly part: 'key' | 'value';
  /** Of its first byte. */
  readonly offset: number;
}

/**
 * The stamp of a commit on one shard: 7 bytes of its timestamp, 3 that tell the shard. A leader gives each timestamp once, so no two
 * commits of a database have the same, and stamps are ordered as timestamps are.
 */
export function versionstampOf(timestamp: Timestamp, shard: string): Key {
  const tag = tagOf(shard);
  return uint53Key(timestamp).slice(LEADING_ZEROS) + String.fromCharCode(tag >>> 16, (tag >>> 8) & 255, tag & 255);
}

/** Another of these shards whose commits could have the same stamps; undefined when there is none. */
export function sameTag(shard: string, others: Iterable<string>): string | undefined {
  const tag = tagOf(shard);
  for (const other of others) if (other !== shard && tagOf(other) === tag) return other;
  return undefined;
}

function tagOf(shard: string): number {
  return crc32(shard) % TAG_VALUES;
}

/** A key, or a value as text, with the stamp in its place. */
export function stamped(text: Key, offset: number, stamp: Key): Key {
  return text.slice(0, offset) + stamp + text.slice(offset + VERSIONSTAMP_BYTES);
}
