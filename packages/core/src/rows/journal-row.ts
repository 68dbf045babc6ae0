import type { Timestamp } from '../clock/index.js';
import type { Entry } from '../engine/index.js';
import type { Key } from '../keys/index.js';
import { encodeParts } from './parts.js';
import { ROW_SPACE } from './row-space.js';
import { pack, unpack } from './sealed-row.js';
import { uint53Key, uint53OfKey } from './uint53.js';

/** A transaction in the journal: what it wrote on this shard, by key and by the version that each key's write superseded. */
export interface JournalCommit {
  readonly transaction: string;
  readonly timestamp: Timestamp;
  readonly keys: readonly Key[];
  /** For each key the timestamp of the version superseded; 0 where there was none. */
  readonly superseded: readonly Timestamp[];
}

/** `g` + sequence (+ part): one group, written in the same batch as the rows that it tells of (P3). */
export interface JournalRow {
  readonly sequence: number;
  readonly epoch: number;
  /** The leader's clock when the group was sealed; grows from group to group. */
  readonly writtenAt: Timestamp;
  readonly commits: readonly JournalCommit[];
}

export function journalRowKey(sequence: number): Key {
  return ROW_SPACE.journal + uint53Key(sequence);
}

export function encodeJournalRow(row: JournalRow): Entry[] {
  const commits: unknown[] = [];
  for (const commit of row.commits) commits.push(commit.transaction, commit.timestamp, commit.keys, commit.superseded);
  return encodeParts(journalRowKey(row.sequence), pack([row.epoch, row.writtenAt, commits]));
}

export function decodeJournalRow(rowKey: Key, payload: Uint8Array): JournalRow {
  const [epoch, writtenAt, flat] = unpack(payload) as [number, number, unknown[]];
  const commits: JournalCommit[] = [];
  for (let i = 0; i < flat.length; i += 4) {
    commits.push({
      transaction: flat[i] as string,
      timestamp: flat[i + 1] as number,
      keys: flat[i + 2] as Key[],
      superseded: flat[i + 3] as number[],
    });
  }
  return { sequence: uint53OfKey(rowKey, 1), epoch, writtenAt, commits };
}
