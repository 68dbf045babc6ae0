import type { LayoutSplit } from '../data-folder/index.js';
import { createHash } from 'node:crypto';

/*
 * The filesystem as keys and values:
 *
 *   d <directory> 0            the directory's record: its parent, its name there, the path that it was imported from
 *   d <directory> 1            its statistics; there once it was imported whole
 *   d <directory> 2 <name>     an entry: the inode's metadata
 *   p <directory>              the directory has still to be imported
 *   m                          the state of the quickstart
 *
 * A directory's id is a hash, so directories spread evenly over the shards, and all of a directory's rows lie side by side on
 * one shard.
 */

const ID_BYTES = 8;
const TREE = 'd'.charCodeAt(0);
const PENDING = 'p'.charCodeAt(0);
const NO_NAME = Buffer.alloc(0);

export const KIND = Object.freeze({ record: 0, statistics: 1, entry: 2 });

export const STATE_KEY = 'm';

/** The parent of the tree's root: no directory, its one entry is the root under an empty name. */
export const NOWHERE = Buffer.alloc(ID_BYTES);

export const PENDING_ROWS = { start: Buffer.from([PENDING]), end: Buffer.from([PENDING + 1]) };

/** The tree's rows in pieces to be read at once. */
export const TREE_PIECES = [
  { start: Buffer.from([TREE]), end: Buffer.from([TREE, 0x55]) },
  { start: Buffer.from([TREE, 0x55]), end: Buffer.from([TREE, 0xaa]) },
  { start: Buffer.from([TREE, 0xaa]), end: Buffer.from([TREE + 1]) },
];

/** Both tables are divided by the directory's id, so that a directory's rows are all on one shard. */
export function splitsOver(shards: readonly string[]): LayoutSplit[] {
  return [TREE, PENDING].flatMap((table) => [
    ...shards.slice(1).map((shard, at) => {
      const share = Math.floor((256 * (at + 1)) / shards.length);
      return { keyHex: Buffer.from([table, share]).toString('hex'), shard };
    }),
    { keyHex: Buffer.from([table + 1]).toString('hex'), shard: shards[0]! },
  ]);
}

/** The id of the directory imported from `path`, which is relative to the root. */
export function directoryId(path: Uint8Array): Buffer {
  return createHash('sha256').update(path).digest().subarray(0, ID_BYTES);
}

export const ROOT = directoryId(NO_NAME);

export function recordKey(directory: Uint8Array): Buffer {
  return treeKey(directory, KIND.record, NO_NAME);
}

export function statisticsKey(directory: Uint8Array): Buffer {
  return treeKey(directory, KIND.statistics, NO_NAME);
}

export function entryKey(directory: Uint8Array, name: Uint8Array): Buffer {
  return treeKey(directory, KIND.entry, name);
}

/** All entries of a directory. */
export function entriesOf(directory: Uint8Array): { start: Buffer; end: Buffer } {
  return { start: treeKey(directory, KIND.entry, NO_NAME), end: treeKey(directory, KIND.entry + 1, NO_NAME) };
}

export function pendingKey(directory: Uint8Array): Buffer {
  const key = Buffer.allocUnsafe(1 + ID_BYTES);
  key[0] = PENDING;
  key.set(directory, 1);
  return key;
}

/** The directory that a row of either table belongs to. */
export function directoryOf(key: Uint8Array): Buffer {
  return Buffer.from(key.subarray(1, 1 + ID_BYTES));
}

export function kindOf(key: Uint8Array): number | undefined {
  return key[1 + ID_BYTES];
}

export function nameOf(key: Uint8Array): Buffer {
  return Buffer.from(key.subarray(2 + ID_BYTES));
}

function treeKey(directory: Uint8Array, kind: number, name: Uint8Array): Buffer {
  const key = Buffer.allocUnsafe(2 + ID_BYTES + name.length);
  key[0] = TREE;
  key.set(directory, 1);
  key[1 + ID_BYTES] = kind;
  key.set(name, 2 + ID_BYTES);
  return key;
}
