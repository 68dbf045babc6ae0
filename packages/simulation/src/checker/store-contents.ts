import type { Timestamp } from '@pandakv/core';
import {
  decodeJournalRow,
  decodeRelocationRow,
  decodeStamped,
  parseHistoryRowKey,
  PartsDecoder,
  RELOCATION_ROW_KEY,
  ROW_SPACE,
  type Key,
  type JournalRow,
} from '@pandakv/core/parts';
import type { StoreServer } from '../engine/store-server.js';

/** A version of a key and its lifetime `[from, to)`. */
export interface StoredVersion {
  readonly from: Timestamp;
  readonly to: Timestamp;
  readonly value: string;
}

/** A transaction as the journals have it. */
export interface StoredCommit {
  /** Id of the attempt. */
  readonly attempt: string;
  readonly timestamp: Timestamp;
  readonly shard: string;
  readonly keys: readonly Key[];
}

/** Everything that the stores know, read from the rows themselves. */
export interface StoreContents {
  /** By key, all versions that there ever were, the oldest first. */
  readonly versions: ReadonlyMap<Key, readonly StoredVersion[]>;
  readonly commits: readonly StoredCommit[];
  /** Rows that must be gone once all is quiet: by shard and kind. */
  readonly unfinished: readonly string[];
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

export function readStores(servers: Iterable<Pick<StoreServer, 'id' | 'store'>>): StoreContents {
  const versions = new Map<Key, StoredVersion[]>();
  const commits: StoredCommit[] = [];
  const unfinished: string[] = [];
  const addVersion = (key: Key, version: StoredVersion): void => {
    const list = versions.get(key);
    if (list === undefined) versions.set(key, [version]);
    // Where a range has moved, both shards have held it.
    else if (!list.some(({ from, to }) => from === version.from && to === version.to)) list.push(version);
  };
  for (const { id, store } of servers) {
    for (const [bytes, row] of store.rows.entries(ROW_SPACE.current, afterSpace(ROW_SPACE.current))) {
      const { timestamp, value } = decodeStamped(bytes, row);
      addVersion(latin1(bytes).slice(1), { from: timestamp, to: Infinity, value: latin1(value) });
    }
    for (const [bytes, row] of store.everHeld(ROW_SPACE.history, afterSpace(ROW_SPACE.history))) {
      const { key, written } = parseHistoryRowKey(bytes);
      const { timestamp, value } = decodeStamped(bytes, row);
      addVersion(key, { from: written, to: timestamp, value: latin1(value) });
    }
    for (const group of journalOf(store.everHeld(ROW_SPACE.journal, afterSpace(ROW_SPACE.journal)))) {
      for (const { transaction, timestamp, keys } of group.commits) {
        commits.push({ attempt: transaction, timestamp, shard: id, keys });
      }
    }
    unfinished.push(...unfinishedOf(id, store.rows));
  }
  for (const list of versions.values()) list.sort((a, b) => a.from - b.from);
  return { versions, commits, unfinished };
}

/** Prepared rows and outcome rows that stand, those of the system shard among them. */
export function unfinishedOf(shard: string, rows: StoreServer['store']['rows']): string[] {
  const of = (kind: string, space: string): string[] =>
    rows.keys(space, afterSpace(space)).map((key) => `${shard}: ${kind} ${key.slice(space.length)}`);
  const relocation = rows.get(ROW_SPACE.system + RELOCATION_ROW_KEY);
  // What a place still holds from which the catalog has gone is cleared when the database is opened again, at the latest.
  const isGone = relocation !== undefined && decodeRelocationRow(relocation).state !== 'here';
  return ['', ...(isGone ? [] : [ROW_SPACE.system])].flatMap((where) => [
    ...of('prepared', where + ROW_SPACE.prepared),
    ...of('outcome', where + ROW_SPACE.outcome),
  ]);
}

/** Above all keys of rows that begin so. */
export function afterSpace(space: string): string {
  return space.slice(0, -1) + String.fromCharCode(space.charCodeAt(space.length - 1) + 1);
}

function journalOf(entries: readonly (readonly [Uint8Array, Uint8Array])[]): JournalRow[] {
  const parts = new PartsDecoder();
  const groups: JournalRow[] = [];
  for (const [key, row] of entries) {
    const whole = parts.add(latin1(key), row);
    if (whole !== undefined) groups.push(decodeJournalRow(whole.rowKey, whole.payload));
  }
  return groups;
}

/** The value of a key at a timestamp. */
export function valueAt(contents: StoreContents, key: Key, timestamp: Timestamp): string | undefined {
  return versionAt(contents, key, timestamp)?.value;
}

/** When the version of a key at a timestamp was written; 0 where it has none. */
export function writtenAt(contents: StoreContents, key: Key, timestamp: Timestamp): Timestamp {
  return versionAt(contents, key, timestamp)?.from ?? 0;
}

/** Found by bisection: versions are in the order of time, and do not overlap. */
function versionAt({ versions }: StoreContents, key: Key, timestamp: Timestamp): StoredVersion | undefined {
  const list = versions.get(key) ?? [];
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]!.from <= timestamp) low = middle + 1;
    else high = middle;
  }
  const version = list[low - 1];
  return version !== undefined && timestamp < version.to ? version : undefined;
}

/** Whether a key was written after `from` and before `to`. */
export function changedBetween(contents: StoreContents, key: Key, from: Timestamp, to: Timestamp): boolean {
  return (contents.versions.get(key) ?? []).some(
    (version) => (version.from > from && version.from < to) || (version.to > from && version.to < to),
  );
}
