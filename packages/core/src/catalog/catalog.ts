import { PandaError } from '../errors/index.js';
import { keyHex, type Key } from '../keys/index.js';
import type { RangeDescriptor } from './range-descriptor.js';

/**
 * The map from ranges to shards. Ranges are fixed when the database is created; each shard says which it owns, and together
 * they must cover the keyspace once.
 */
export class Catalog {
  /** In key order; each begins where the one before ends. */
  readonly ranges: readonly RangeDescriptor[];

  constructor(ranges: readonly RangeDescriptor[]) {
    this.ranges = [...ranges].sort((a, b) => (a.start < b.start ? -1 : 1));
    let end: Key | undefined = '';
    for (const range of this.ranges) {
      if (range.start !== end) throw notCovered(end, range);
      end = range.end;
    }
    if (end !== undefined) throw notCovered(end, undefined);
  }

  /** The index of the range that holds a key. */
  indexOf(key: Key): number {
    let low = 0;
    let high = this.ranges.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.ranges[middle]!.start <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function notCovered(end: Key | undefined, range: RangeDescriptor | undefined): PandaError {
  const at = end === undefined ? 'its end' : end === '' ? 'its start' : `0x${keyHex(end)}`;
  return new PandaError('Corruption', `The shards' ranges do not cover the keyspace once: a gap or an overlap at ${at}`, {
    ...(range === undefined ? {} : { range: range.id, shard: range.shard }),
  });
}
