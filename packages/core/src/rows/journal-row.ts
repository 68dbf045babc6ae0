import type { Timestamp } from '../clock/index.js';
import type { Entry } from '../engine/index.js';
import { invariant } from '../errors/index.js';
import { writeKey, type Key } from '../keys/index.js';
import { encodeParts, partCount, partKey } from './parts.js';
import { ROW_SPACE, rowKeyBytes } from './row-space.js';
import { readUint53, uint53Key, uint53OfKey, writeUint53 } from './uint53.js';

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
  /** Every commit at or below this timestamp is in this group or one before it. */
  readonly complete: Timestamp;
  readonly commits: readonly JournalCommit[];
}

export function journalRowKey(sequence: number): Key {
  return ROW_SPACE.journal + uint53Key(sequence);
}

/** Of the key of any part of a journal row. */
export function sequenceOfJournalRowKey(rowKey: Key): number {
  return uint53OfKey(rowKey, 1);
}

/** epoch, clock, number of commits. */
const HEADER_BYTES = 8 + 8 + 4;
/** Set in the number of commits: up to where the journal is complete follows. Else it is complete up to the clock. */
const HAS_COMPLETE = 0x8000_0000;
/** length of the id, timestamp, number of keys. */
const COMMIT_BYTES = 1 + 8 + 4;
/** length of the key, timestamp superseded. */
const KEY_BYTES = 2 + 8;

/** Every group writes one, so this is not MessagePack but a fixed layout, which takes a third of the time. */
export function encodeJournalRow(row: JournalRow): Entry[] {
  const payload = Buffer.allocUnsafe(journalBytes(row));
  writeUint53(payload, row.epoch, 0);
  writeUint53(payload, row.writtenAt, 8);
  const isBehind = row.complete !== row.writtenAt;
  let at = payload.writeUInt32BE(isBehind ? row.commits.length + HAS_COMPLETE : row.commits.length, 16);
  if (isBehind) {
    writeUint53(payload, row.complete, at);
    at += 8;
  }
  for (const { transaction, timestamp, keys, superseded } of row.commits) {
    at = payload.writeUInt8(transaction.length, at);
    at = writeKey(payload, transaction, at);
    writeUint53(payload, timestamp, at);
    at = payload.writeUInt32BE(keys.length, at + 8);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      at = payload.writeUInt16BE(key.length, at);
      at = writeKey(payload, key, at);
      writeUint53(payload, superseded[i]!, at);
      at += 8;
    }
  }
  invariant(at === payload.length, 'a journal row has the size that was computed');
  return encodeParts(journalRowKey(row.sequence), payload);
}

/** The keys of all its parts. */
export function journalRowKeys(row: JournalRow): Uint8Array[] {
  const rowKey = journalRowKey(row.sequence);
  return Array.from({ length: partCount(journalBytes(row)) }, (_, part) => rowKeyBytes(partKey(rowKey, part)));
}

function journalBytes({ commits, complete, writtenAt }: JournalRow): number {
  let bytes = complete === writtenAt ? HEADER_BYTES : HEADER_BYTES + 8;
  for (const { transaction, keys } of commits) {
    bytes += COMMIT_BYTES + transaction.length;
    for (const key of keys) bytes += KEY_BYTES + key.length;
  }
  return bytes;
}

export function decodeJournalRow(rowKey: Key, payload: Buffer): JournalRow {
  const commits: JournalCommit[] = [];
  const header = payload.readUInt32BE(16);
  const count = header % HAS_COMPLETE;
  let at = HEADER_BYTES;
  const text = (length: number): string => payload.toString('latin1', at, (at += length));
  const number = (): number => readUint53(payload, (at += 8) - 8);
  const writtenAt = readUint53(payload, 8);
  const complete = header >= HAS_COMPLETE ? number() : writtenAt;
  for (let commit = 0; commit < count; commit++) {
    const transaction = text(payload.readUInt8(at++));
    const timestamp = number();
    const keyCount = payload.readUInt32BE(at);
    at += 4;
    const keys: Key[] = [];
    const superseded: Timestamp[] = [];
    for (let i = 0; i < keyCount; i++) {
      const length = payload.readUInt16BE(at);
      at += 2;
      keys.push(text(length));
      superseded.push(number());
    }
    commits.push({ transaction, timestamp, keys, superseded });
  }
  invariant(at === payload.length, 'a journal row ends with its last commit');
  return { sequence: uint53OfKey(rowKey, 1), epoch: readUint53(payload, 0), writtenAt, complete, commits };
}
