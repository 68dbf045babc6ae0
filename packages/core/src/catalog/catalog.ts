import { PandaError } from '../errors/index.js';
import { keyHex, type Key, type Span } from '../keys/index.js';
import type { RangeDescriptor } from './range-descriptor.js';

/** The map from ranges to shards. Together the ranges cover the keyspace once. */
export class Catalog {
  /** In key order; each begins where the one before ends. */
  readonly ranges: readonly RangeDescriptor[];

  constructor(ranges: readonly RangeDescriptor[]) {
    this.ranges = [...ranges].sort((a, b) => (a.start < b.start ? -1 : 1));
    Catalog.check(this.ranges, { start: '', end: undefined });
  }

  /** Throws `Corruption` unless the ranges, in key order, cover a span once. */
  static check(ranges: readonly RangeDescriptor[], span: Span): void {
    let end: Key | undefined = span.start;
    for (const range of ranges) {
      if (range.start !== end) throw notCovered(end, range);
      end = range.end;
    }
    if (end !== span.end) throw notCovered(end, undefined);
  }
}

function notCovered(end: Key | undefined, range: RangeDescriptor | undefined): PandaError {
  const at = end === undefined ? 'its end' : end === '' ? 'its start' : `0x${keyHex(end)}`;
  return new PandaError('Corruption', `The shards' ranges do not cover the keyspace once: a gap or an overlap at ${at}`, {
    ...(range === undefined ? {} : { range: range.id, shard: range.shard }),
  });
}
