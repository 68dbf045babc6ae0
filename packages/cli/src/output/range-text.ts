import type { RangeInfo } from '@pandakv/core';
import { hexOf, readable } from './bytes-text.js';

/** A range in a row of a table: id, first key, the key that ends it, shard, epoch. */
export function rangeCells({ id, start, end, shard, epoch }: RangeInfo): [string, string, string, string, number] {
  return [id, start.length === 0 ? '(first)' : readable(start), end === undefined ? '(last)' : readable(end), shard, epoch];
}

/** What goes on in a range or a shard, as far as this process knows. */
export const ACTIVITY_HEAD = ['requests/s', 'lag'] as const;

export const ACTIVITY_TEXT = `Requests a second are those of the last
minute, and the lag is by how many groups of commits a copy is behind, where one is made: both as far as this process knows, so a command
that has just opened the database shows what it goes on with by itself.`;

export const RANGE_HEAD = ['range', 'start', 'end', 'shard', 'epoch'] as const;

/** A range in JSON; keys in hex. */
export function rangeJson({ id, start, end, shard, epoch }: RangeInfo): Record<string, string | number | null> {
  return { id, startHex: hexOf(start), endHex: end === undefined ? null : hexOf(end), shard, epoch };
}
