import type { Range, Snapshot } from '@pandakv/core';
import { decodeRecord, decodeStatistics, type DirectoryRecord, type DirectoryStatistics } from './directory-rows.js';
import { decodeInode, isDirectory, type Inode } from './inode-codec.js';
import { directoryOf, KIND, kindOf, nameOf } from './tree-keys.js';

const ENTRIES_PER_PIECE = 256;

export interface TreeEntry {
  readonly name: Buffer;
  /** As it is stored. */
  readonly value: Uint8Array;
  /** Undefined when the value is no inode. */
  readonly inode: Inode | undefined;
}

/** Some of a directory's entries; a directory without entries has one empty piece. */
export interface DirectoryPiece {
  readonly id: Buffer;
  /** Undefined when there is none, or it cannot be read. */
  readonly record: DirectoryRecord | undefined;
  /** Undefined when the directory was not imported whole. */
  readonly statistics: DirectoryStatistics | undefined;
  readonly entries: readonly TreeEntry[];
  /** The directory has no more entries. */
  readonly isLast: boolean;
}

/** The directories of a range of the tree, in order of their ids, each in pieces of bounded size. */
export async function* scanTree(snapshot: Snapshot, range: Range): AsyncGenerator<DirectoryPiece, void, undefined> {
  let id: Buffer | undefined;
  let record: DirectoryRecord | undefined;
  let statistics: DirectoryStatistics | undefined;
  let entries: TreeEntry[] = [];
  for await (const [key, value] of snapshot.scan(range)) {
    if (id === undefined || !isOf(id, key)) {
      if (id !== undefined) yield { id, record, statistics, entries, isLast: true };
      id = directoryOf(key);
      record = undefined;
      statistics = undefined;
      entries = [];
    }
    const kind = kindOf(key);
    if (kind === KIND.record) record = decodeRecord(value);
    else if (kind === KIND.statistics) statistics = decodeStatistics(value);
    else {
      if (entries.length === ENTRIES_PER_PIECE) {
        yield { id, record, statistics, entries, isLast: false };
        entries = [];
      }
      entries.push({ name: nameOf(key), value, inode: decodeInode(value) });
    }
  }
  if (id !== undefined) yield { id, record, statistics, entries, isLast: true };
}

export function isDirectoryEntry({ inode }: TreeEntry): boolean {
  return inode !== undefined && isDirectory(inode);
}

function isOf(directory: Buffer, key: Uint8Array): boolean {
  for (let at = 0; at < directory.length; at++) if (key[at + 1] !== directory[at]) return false;
  return true;
}
