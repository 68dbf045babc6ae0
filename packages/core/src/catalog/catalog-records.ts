import { invariant } from '../errors/index.js';
import { prefixEnd, type Key, type Span } from '../keys/index.js';
import { pack, unpack } from '../rows/index.js';
import type { RangeDescriptor } from './range-descriptor.js';

/**
 * What the system shard holds: users' keys cannot reach it, as its keyspace is its own.
 *
 * - `r` + start key: a range, `[id, end or null, epoch, shard]`
 * - `s` + shard id: a shard of the database, `[state]`
 * - `m` + range id: the move of a range that has not ended, `[id, start, end or null, epoch, from, to]`; of one that belongs to a
 *   migration also `[…, migration, sequence or null]`
 * - `g`: the migration that has not ended (migration-record.ts)
 * - `c` + move id: rows that a move has left behind and that are to be removed, `[shard, start, end or null, of an import]`
 * - `t` + prefix, `p` + name: how long versions are kept, and what keeps them longer (retention-record.ts)
 * - `x`: when a shard was removed last: what only its journal told of the time before is gone
 * - `n`: the number of the range that was made last
 */
const RANGE = 'r';
const MEMBER = 's';
const MOVE = 'm';
const CLEANUP = 'c';
export const LAST_RANGE_NUMBER_KEY: Key = 'n';
export const LAST_REMOVAL_KEY: Key = 'x';

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
  return { shard: latin1(key).slice(MEMBER.length), state };
}

export function encodeNumber(number: number): Buffer {
  return pack(number);
}

export function decodeNumber(value: Uint8Array | undefined): number {
  const number: unknown = value === undefined ? 0 : unpack(value);
  invariant(Number.isSafeInteger(number), 'a number of the catalog is one');
  return number as number;
}

/** A move of a range that has not ended. Anybody may go on with it, or cancel it. */
export interface MoveRecord extends Span {
  readonly id: string;
  readonly range: string;
  readonly epoch: number;
  readonly from: string;
  readonly to: string;
  /** The migration that it belongs to: then the destination is kept in step until the migration goes on. */
  readonly migration?: string | undefined;
  /** The destination has served the range before, and has all of it up to this sequence of the source's journal. */
  readonly tailFrom?: number | undefined;
}

export const ALL_MOVES: Span = { start: MOVE, end: prefixEnd(MOVE) };

export function moveRecordKey(range: string): Key {
  return MOVE + range;
}

export function encodeMoveRecord({ id, start, end, epoch, from, to, migration, tailFrom }: MoveRecord): Buffer {
  const ofMigration = migration === undefined ? [] : [migration, tailFrom ?? null];
  return pack([id, start, end ?? null, epoch, from, to, ...ofMigration]);
}

export function decodeMoveRecord(key: Uint8Array, value: Uint8Array): MoveRecord {
  type Packed = [string, Key, Key | null, number, string, string, string?, (number | null)?];
  const [id, start, end, epoch, from, to, migration, tailFrom] = unpack(value) as Packed;
  const move = { id, range: latin1(key).slice(MOVE.length), start, end: end ?? undefined, epoch, from, to };
  return migration === undefined ? move : { ...move, migration, tailFrom: tailFrom ?? undefined };
}

/** Rows of a span that a shard does not own: those of a range that has moved away, or of a move that was cancelled. */
export interface CleanupRecord extends Span {
  readonly move: string;
  readonly shard: string;
  /** They are the rows of the move's import, which ends with them. */
  readonly isImport: boolean;
}

export const ALL_CLEANUPS: Span = { start: CLEANUP, end: prefixEnd(CLEANUP) };

export function cleanupRecordKey(move: string): Key {
  return CLEANUP + move;
}

export function encodeCleanupRecord({ shard, start, end, isImport }: CleanupRecord): Buffer {
  return pack([shard, start, end ?? null, isImport]);
}

export function decodeCleanupRecord(key: Uint8Array, value: Uint8Array): CleanupRecord {
  const [shard, start, end, isImport] = unpack(value) as [string, Key, Key | null, boolean];
  return { move: latin1(key).slice(CLEANUP.length), shard, start, end: end ?? undefined, isImport };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
