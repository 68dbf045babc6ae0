import { invariant } from '../errors/index.js';
import { prefixEnd, type Key, type Span } from '../keys/index.js';
import { pack, unpack } from '../rows/index.js';
import type { RangeDescriptor } from './range-descriptor.js';

/**
 * What the system shard holds: users' keys cannot reach it, as its keyspace is its own.
 *
 * - `r` + start key: a range, `[id, end or null, epoch, shard]`
 * - `s` + shard id: a shard of the database, `[state]`
 * - `n`: the number of the range that was made last
 */
const RANGE = 'r';
const MEMBER = 's';
export const LAST_RANGE_NUMBER_KEY: Key = 'n';

/** `active`: takes ranges. `draining`: takes none any more. */
export type MemberState = 'active' | 'draining';

export interface Member {
  readonly shard: string;
  readonly state: MemberState;
}

export const ALL_RANGES: Span = { start: RANGE, end: prefixEnd(RANGE) };
export const ALL_MEMBERS: Span = { start: MEMBER, end: prefixEnd(MEMBER) };

export function rangeRecordKey(start: Key): Key {
  return RANGE + start;
}

/** The records of ranges that begin in a span. */
export function rangeRecordSpan({ start, end }: Span): Span {
  return { start: RANGE + start, end: end === undefined ? ALL_RANGES.end : RANGE + end };
}

export function encodeRangeRecord({ id, end, epoch, shard }: RangeDescriptor): Buffer {
  return pack([id, end ?? null, epoch, shard]);
}

export function decodeRangeRecord(key: Uint8Array, value: Uint8Array): RangeDescriptor {
  const [id, end, epoch, shard] = unpack(value) as [string, Key | null, number, string];
  // Of its own bytes: a slice of the key's string would keep the whole key in memory.
  const start = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1', RANGE.length);
  return { id, start, end: end ?? undefined, epoch, shard };
}

export function memberRecordKey(shard: string): Key {
  return MEMBER + shard;
}

export function encodeMemberRecord({ state }: Member): Buffer {
  return pack([state]);
}

export function decodeMemberRecord(key: Uint8Array, value: Uint8Array): Member {
  const [state] = unpack(value) as [MemberState];
  return { shard: Buffer.from(key).toString('latin1').slice(MEMBER.length), state };
}

export function encodeNumber(number: number): Buffer {
  return pack(number);
}

export function decodeNumber(value: Uint8Array | undefined): number {
  const number: unknown = value === undefined ? 0 : unpack(value);
  invariant(Number.isSafeInteger(number), 'a number of the catalog is one');
  return number as number;
}
