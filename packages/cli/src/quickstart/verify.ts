import type { Database, Range, Snapshot } from '@pandakv/core';
import { readable } from '../output/bytes-text.js';
import { idHex, sameId } from './ancestry.js';
import { Comparer } from './compare.js';
import { Connected } from './connected.js';
import { countAll } from './count.js';
import { decodeRecord, type DirectoryRecord, type DirectoryStatistics } from './directory-rows.js';
import { joinPath, namesOf } from './disk.js';
import { isDirectoryEntry, scanTree, type DirectoryPiece, type TreeEntry } from './scan-tree.js';
import type { State } from './state.js';
import { Slices } from './timing.js';
import { directoryId, NOWHERE, recordKey, TREE_PIECES } from './tree-keys.js';
import { Verdict } from './verdict.js';

export interface VerifyParts {
  readonly database: Database;
  /** The directory that was imported. */
  readonly root: Buffer;
  readonly state: State;
  readonly signal: AbortSignal;
  /** Called with the number of entries verified so far. */
  readonly onVerified: (entries: number) => void;
}

/**
 * Compares the whole tree to the disk, and to itself. What is shown:
 *
 * - every entry has the metadata that the disk says, at the path that it was imported from;
 * - every directory's record and its one entry name each other, and it leads up to the root: so the directories are one tree, and
 *   each is in it once;
 * - every directory has as many files as were imported, and as many names on disk as it had then;
 * - files, directories and moves are as many as were acknowledged: nothing is missing.
 *
 * The rows are read in their order, one directory after the other, so memory is bounded whatever the tree.
 */
export class Verifier {
  readonly #parts: VerifyParts;
  readonly #snapshot: Snapshot;
  readonly #comparer: Comparer;
  readonly #connected: Connected;
  readonly #verdict = new Verdict();
  readonly #slices = new Slices();
  #records = 0;

  constructor(parts: VerifyParts) {
    this.#parts = parts;
    this.#snapshot = parts.database.snapshot();
    this.#comparer = new Comparer(parts.root, this.#snapshot, parts.state.startedAt);
    this.#connected = new Connected(this.#snapshot);
  }

  async run(): Promise<Verdict> {
    const verdict = this.#verdict;
    const { imported, moves } = this.#parts.state;
    // Each shard reads while the others are compared.
    const pieces = await Promise.allSettled(TREE_PIECES.map((piece) => this.#verify(piece)));
    for (const piece of pieces) if (piece.status === 'rejected') throw piece.reason;
    const check = (what: string, found: number, wanted: number | undefined) => {
      if (found !== wanted) verdict.problem(`${found} ${what} were found, ${wanted ?? 'none'} were imported`);
    };
    check('files', verdict.foundFiles, imported?.files);
    check('directories', verdict.foundDirectories, imported?.directories);
    check('records of directories', this.#records, imported?.directories);
    if (verdict.moves !== (moves ?? 0)) verdict.problem(`${verdict.moves} moves were found, ${moves ?? 0} were made`);
    return verdict;
  }

  async #verify(range: Range): Promise<void> {
    let files = 0;
    for await (const piece of scanTree(this.#snapshot, range)) {
      this.#parts.signal.throwIfAborted();
      files += piece.entries.filter((entry) => !isDirectoryEntry(entry)).length;
      await this.#verifyEntries(piece);
      if (piece.isLast) {
        await this.#verifyDirectory(piece, files);
        files = 0;
      }
      this.#parts.onVerified(this.#verdict.foundFiles + this.#verdict.foundDirectories);
      await this.#slices.pause();
    }
  }

  async #verifyEntries(piece: DirectoryPiece): Promise<void> {
    const directories = piece.entries.filter(isDirectoryEntry);
    const records = await this.#snapshot.getMany(directories.map(({ inode }) => recordKey(inode!.tail)));
    const recordOf = new Map(directories.map((entry, at) => [entry, records[at]]));
    for (const entry of piece.entries) {
      await this.#slices.pause();
      if (entry.inode === undefined) {
        this.#verdict.foundFiles++;
        this.#verdict.problem(`The entry ${placeText(piece, entry)} is damaged`);
      } else if (isDirectoryEntry(entry)) {
        const record = recordOf.get(entry);
        await this.#verifyDirectoryEntry(piece, entry, record === undefined ? undefined : decodeRecord(record));
      } else {
        this.#verdict.foundFiles++;
        if (piece.record === undefined) continue;
        await this.#compare(entry, joinPath(piece.record.path, entry.name), piece.record);
      }
    }
  }

  async #verifyDirectoryEntry(piece: DirectoryPiece, entry: TreeEntry, record: DirectoryRecord | undefined): Promise<void> {
    this.#verdict.foundDirectories++;
    const problem = placeProblem(piece, entry, record);
    if (record === undefined || problem !== undefined) {
      this.#verdict.problem(`The directory ${placeText(piece, entry)} ${problem ?? 'has no record'}`);
      return;
    }
    // A directory that was moved has a parent now from whose changes on disk nothing follows.
    await this.#compare(entry, record.path, record.moves === 0 ? piece.record : record);
  }

  async #compare(entry: TreeEntry, path: Uint8Array, parent: DirectoryRecord | undefined): Promise<void> {
    const verdict = this.#verdict;
    const comparison = await this.#comparer.compare(entry.inode!, path, parent);
    if (comparison === 'changedOnDisk') verdict.changedOnDisk++;
    else if (comparison === 'damaged') verdict.problem(`${readable(path)} is not as the disk says`);
    else if (isDirectoryEntry(entry)) verdict.directories++;
    else verdict.files++;
  }

  /** What is known of a directory by its end. */
  async #verifyDirectory({ id, record, statistics, entries }: DirectoryPiece, files: number): Promise<void> {
    const verdict = this.#verdict;
    if (sameId(id, NOWHERE)) {
      if (entries.length !== 1 || record !== undefined) verdict.problem('The root is not the only entry of its kind');
      return;
    }
    if (record === undefined || statistics === undefined) {
      verdict.problem(`The directory ${idHex(id)} has no ${record === undefined ? 'record' : 'statistics'}`);
      return;
    }
    this.#records++;
    verdict.moves += record.moves;
    const path = readable(record.path);
    if (statistics.files !== files) {
      verdict.problem(`The directory ${path} has ${files} files, ${statistics.files} were imported`);
    }
    if (!(await this.#connected.add(id, record.parent))) verdict.problem(`The directory ${path} does not lie below the root`);
    if (!(await this.#hasNames(record, statistics)) && !(await this.#comparer.directoryChanged(record))) {
      verdict.problem(`The directory ${path} does not have as many names as on disk`);
    }
  }

  /** Whether the directory on disk has as many names as when it was imported. */
  async #hasNames({ path }: DirectoryRecord, { listed, skipped }: DirectoryStatistics): Promise<boolean> {
    // It could not be read then.
    if (skipped > listed) return true;
    try {
      return (await countAll(namesOf(joinPath(this.#parts.root, path)))) === listed;
    } catch {
      return false;
    }
  }
}

/** What is wrong with the place of a directory's entry; its record must name the same. */
function placeProblem(
  piece: DirectoryPiece,
  { name, inode }: TreeEntry,
  record: DirectoryRecord | undefined,
): string | undefined {
  if (record === undefined) return 'has no record';
  if (!sameId(record.parent, piece.id) || !sameId(record.name, name)) return 'is somewhere else, too';
  if (!sameId(directoryId(record.path), inode!.tail)) return 'does not have the id of its path';
  const isMoved = record.moves > 0 || piece.record === undefined;
  if (!isMoved && !sameId(joinPath(piece.record.path, name), record.path)) return 'has another path, but was never moved';
  return undefined;
}

function placeText({ id, record }: DirectoryPiece, { name }: TreeEntry): string {
  return record === undefined ? `${idHex(id)}/${readable(name)}` : readable(joinPath(record.path, name));
}
