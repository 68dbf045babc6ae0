import { PandaError } from '../errors/index.js';
import type { Key } from '../keys/index.js';
import { ROW_SPACE } from './row-space.js';
import { pack, seal, unpack, unseal } from './sealed-row.js';

export const IDENTITY_ROW_KEY = `${ROW_SPACE.meta}/shard`;

/**
 * The layout of rows that this version of Panda writes. It reads format 1, in which ranges were as the database was created
 * with them, and 2, in which all history was kept: whoever leads such a shard next makes it one of this format.
 */
export const ROW_FORMAT = 3;
const OLDEST_ROW_FORMAT = 1;

/** A range as the database was created with it. */
export interface LayoutRange {
  readonly id: string;
  readonly start: Key;
  readonly end: Key | undefined;
  readonly shard: string;
}

/**
 * Whose store this is. Every shard holds the layout of the whole database, so that a creation that was cut off is finished
 * by the next open.
 */
export interface IdentityRow {
  /** Random, the same on all shards of a database. */
  readonly database: string;
  readonly shard: string;
  readonly layout: readonly LayoutRange[];
}

export function encodeIdentityRow(identity: IdentityRow, format = ROW_FORMAT): Buffer {
  const layout = identity.layout.map((range) => [range.id, range.start, range.end ?? null, range.shard]);
  return seal(IDENTITY_ROW_KEY, pack([format, identity.database, identity.shard, layout]));
}

export function decodeIdentityRow(bytes: Uint8Array): IdentityRow {
  const [format, database, shard, layout] = unpack(unseal(IDENTITY_ROW_KEY, bytes)) as [
    number,
    string,
    string,
    [string, string, string | null, string][],
  ];
  if (format < OLDEST_ROW_FORMAT || format > ROW_FORMAT) {
    throw new PandaError('InvalidArgument', `The store has row format ${format}; this version reads up to ${ROW_FORMAT}`);
  }
  return {
    database,
    shard,
    layout: layout.map(([id, start, end, owner]) => ({ id, start, end: end ?? undefined, shard: owner })),
  };
}

/** Whether a store was written by a version of Panda with an older row format. */
export function isOlderFormat(bytes: Uint8Array): boolean {
  const [format] = unpack(unseal(IDENTITY_ROW_KEY, bytes)) as [number];
  return format < ROW_FORMAT;
}
