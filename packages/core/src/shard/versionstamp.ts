import { crc32 } from 'node:zlib';
import type { Timestamp } from '../clock/index.js';
import { keyAfter, type Key, type Span } from '../keys/index.js';
import { uint53Key, type Stamp } from '../rows/index.js';

export const VERSIONSTAMP_BYTES = 10;
/** Of the 8 bytes of a timestamp the first is always 0. */
const LEADING_ZEROS = 1;
const TAG_VALUES = 2 ** 24;
const LAST_TAG = '\xff\xff\xff';

/**
 * The stamp of a commit: 7 bytes of its timestamp, 3 that tell the shard whose clock gave it. A leader gives each timestamp once, so no
 * two commits of a database have the same, and stamps are ordered as timestamps are.
 */
export function versionstampOf(timestamp: Timestamp, shard: string): Key {
  const tag = tagOf(shard);
  return timePart(timestamp) + String.fromCharCode(tag >>> 16, (tag >>> 8) & 255, tag & 255);
}

function timePart(timestamp: Timestamp): Key {
  return uint53Key(timestamp).slice(LEADING_ZEROS);
}

/** All that a key can be with the stamp of a commit from one timestamp to another, with the tag of whatever shard. */
export function stampSpan(key: Key, offset: number, from: Timestamp, to: Timestamp): Span {
  const prefix = key.slice(0, offset);
  return { start: prefix + timePart(from), end: keyAfter(stamped(key, offset, timePart(to) + LAST_TAG)) };
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

/** What is written, with the stamp in its places. */
export function withStamps(
  writeKeys: readonly Key[],
  writeValues: readonly (Uint8Array | null)[],
  stamps: readonly Stamp[],
  stamp: Key,
): { writeKeys: Key[]; writeValues: (Uint8Array | null)[] } {
  const keys = [...writeKeys];
  const values = [...writeValues];
  for (const { at, part, offset } of stamps) {
    if (part === 'key') keys[at] = stamped(keys[at]!, offset, stamp);
    else values[at] = Buffer.from(stamped(Buffer.from(values[at]!).toString('latin1'), offset, stamp), 'latin1');
  }
  return { writeKeys: keys, writeValues: values };
}
