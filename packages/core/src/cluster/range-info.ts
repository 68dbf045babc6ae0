import { keyBytes } from '../keys/index.js';
import type { RangeDescriptor } from '../catalog/index.js';

/** A range as users see it: `[start, end)`; without `end` to the end of the keyspace. */
export interface RangeInfo {
  readonly id: string;
  readonly start: Uint8Array;
  readonly end: Uint8Array | undefined;
  readonly epoch: number;
  readonly shard: string;
}

export function rangeInfo({ id, start, end, epoch, shard }: RangeDescriptor): RangeInfo {
  return { id, start: keyBytes(start), end: end === undefined ? undefined : keyBytes(end), epoch, shard };
}
