import type { Snapshot } from '@pandakv/core';
import type { DirectoryRecord } from './directory-rows.js';
import { inspect, joinPath, type Inspected } from './disk.js';
import { decodeInode, isDirectory, type Inode } from './inode-codec.js';
import { entryKey } from './tree-keys.js';

/** How far a filesystem's clock may be behind ours, in nanoseconds. */
const CLOCK_SLACK_NS = 1_000_000_000n;
const NS_PER_MS = 1_000_000n;
const NO_TARGET = Buffer.alloc(0);

/** `damaged`: the disk does not explain the difference. */
export type Comparison = 'same' | 'changedOnDisk' | 'damaged';

/** Compares what was imported to what the disk says now. */
export class Comparer {
  readonly #root: Buffer;
  readonly #snapshot: Snapshot;
  readonly #startedNs: bigint;

  /** `startedAt`: when the import began, in milliseconds. */
  constructor(root: Buffer, snapshot: Snapshot, startedAt: number) {
    this.#root = root;
    this.#snapshot = snapshot;
    this.#startedNs = BigInt(Math.floor(startedAt)) * NS_PER_MS;
  }

  /** Compares an entry, with `path` relative to the root; `parent` is the directory that it was imported from. */
  async compare(imported: Inode, path: Uint8Array, parent: DirectoryRecord | undefined): Promise<Comparison> {
    const inspected = inspect(joinPath(this.#root, path));
    if (inspected === undefined) {
      const explained = parent !== undefined && (await this.directoryChanged(parent));
      return explained ? 'changedOnDisk' : 'damaged';
    }
    if (isAsOnDisk(imported, inspected)) return 'same';
    return this.#changedSince(imported, inspected.stats.ctimeNs) ? 'changedOnDisk' : 'damaged';
  }

  /** Whether names may have come and gone in a directory since it was imported. */
  async directoryChanged({ parent, name, path }: DirectoryRecord): Promise<boolean> {
    const value = await this.#snapshot.get(entryKey(parent, name));
    const imported = value === undefined ? undefined : decodeInode(value);
    if (imported === undefined) return false;
    const inspected = inspect(joinPath(this.#root, path));
    return inspected === undefined || this.#changedSince(imported, inspected.stats.ctimeNs);
  }

  /** A file's ctime only ever grows, and no file that has changed since we looked has one from before the import. */
  #changedSince({ ctimeNs }: Inode, nowNs: bigint): boolean {
    return nowNs > ctimeNs && nowNs > this.#startedNs - CLOCK_SLACK_NS;
  }
}

function isAsOnDisk(imported: Inode, { stats, target }: Inspected): boolean {
  return (
    imported.mode === Number(stats.mode) &&
    imported.size === stats.size &&
    imported.mtimeNs === stats.mtimeNs &&
    imported.ctimeNs === stats.ctimeNs &&
    // A directory's tail is its id, which the disk does not know.
    (isDirectory(imported) || Buffer.compare(imported.tail, target ?? NO_TARGET) === 0)
  );
}
