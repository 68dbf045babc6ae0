import type { Key } from '../keys/index.js';

/** A range of the keyspace and the shard that owns it. */
export interface RangeDescriptor {
  readonly id: string;
  readonly start: Key;
  readonly end: Key | undefined;
  readonly epoch: number;
  readonly shard: string;
}
