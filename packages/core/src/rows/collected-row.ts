import type { Timestamp } from '../clock/index.js';
import type { Key } from '../keys/index.js';
import { ROW_SPACE } from './row-space.js';
import { pack, seal, unpack, unseal } from './sealed-row.js';

/** Of keys with a prefix, and no longer one that is collected by itself: what is collected. */
export interface CollectedPrefix {
  readonly prefix: Key;
  /** Versions superseded up to here may be gone. */
  readonly threshold: Timestamp;
  /** Those that the journal names up to this sequence are, as far as they were superseded before the threshold of that time. */
  readonly sequence: number;
}

/** `m/collected`: what the shard has given up of its past. Written in the batches that remove it. */
export interface CollectedRow {
  readonly prefixes: readonly CollectedPrefix[];
  /** Groups up to this sequence, written at this time or before, are gone from the journal. */
  readonly journal: { readonly sequence: number; readonly writtenAt: Timestamp };
}

export const COLLECTED_ROW_KEY: Key = `${ROW_SPACE.meta}/collected`;

export const NOTHING_COLLECTED: CollectedRow = Object.freeze({ prefixes: [], journal: { sequence: 0, writtenAt: 0 } });

export function encodeCollectedRow({ prefixes, journal }: CollectedRow): Buffer {
  const packed = prefixes.map(({ prefix, threshold, sequence }) => [prefix, threshold, sequence]);
  return seal(COLLECTED_ROW_KEY, pack([packed, journal.sequence, journal.writtenAt]));
}

export function decodeCollectedRow(bytes: Uint8Array): CollectedRow {
  type Packed = [[Key, Timestamp, number][], number, Timestamp];
  const [prefixes, sequence, writtenAt] = unpack(unseal(COLLECTED_ROW_KEY, bytes)) as Packed;
  return {
    prefixes: prefixes.map(([prefix, threshold, followed]) => ({ prefix, threshold, sequence: followed })),
    journal: { sequence, writtenAt },
  };
}
