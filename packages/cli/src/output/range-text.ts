import type { RangeInfo } from '@pandakv/core';
import { hexOf, readable } from './bytes-text.js';

/** A range in a row of a table: id, first key, the key that ends it, shard, epoch. */
export function rangeCells({ id, start, end, shard, epoch }: RangeInfo): [string, string, string, string, number] {
  return [id, start.length === 0 ? '(first)' : readable(start), end === undefined ? '(last)' : readable(end), shard, epoch];
}

export const RANGE_HEAD = ['range', 'start', 'end', 'shard', 'epoch'] as const;

/** A range in JSON; keys in hex. */
export function rangeJson({ id, start, end, shard, epoch }: RangeInfo): Record<string, string | number | null> {
  return { id, startHex: hexOf(start), endHex: end === undefined ? null : hexOf(end), shard, epoch };
}
