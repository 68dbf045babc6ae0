import { lstatSync, opendirSync, readlinkSync, statfsSync, statSync, type BigIntStats } from 'node:fs';

const SLASH = Buffer.from('/');
const NAMES_PER_READ = 256;

/** Filesystems that hold no files, only a view of the kernel: statfs's type of each. */
const SPECIAL_FILESYSTEMS = new Set([
  0x9fa0, // proc
  0x62656572, // sysfs
  0x27e0eb, // cgroup
  0x63677270, // cgroup2
  0x64626720, // debugfs
  0x74726163, // tracefs
  0x73636673, // securityfs
  0x62656570, // configfs
  0xcafe4a11, // bpf
]);

/** What the disk says of a path, without following a symbolic link. */
export interface Inspected {
  readonly stats: BigIntStats;
  /** A symbolic link's target; undefined for all else. */
  readonly target: Buffer | undefined;
}

/** Undefined where nothing is, or where we may not look. */
export function inspect(path: Uint8Array): Inspected | undefined {
  try {
    const stats = lstatSync(path as Buffer, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    return { stats, target: stats.isSymbolicLink() ? readlinkSync(path as Buffer, { encoding: 'buffer' }) : undefined };
  } catch {
    return undefined;
  }
}

/** `name` in `directory`; names may be any bytes, so a path is bytes, too. */
export function joinPath(directory: Uint8Array, name: Uint8Array): Buffer {
  return directory.length === 0 ? Buffer.from(name) : Buffer.concat([directory, SLASH, name]);
}

/**
 * The names in a directory, a few at a time, so that a directory of any size takes bounded memory. Throws when it cannot be
 * read.
 */
export function* namesOf(path: Uint8Array): Generator<Buffer, void, undefined> {
  // The types of Node know buffers as an encoding for readdir only.
  const directory = opendirSync(path as unknown as string, { encoding: 'buffer' as BufferEncoding, bufferSize: NAMES_PER_READ });
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      yield entry.name as unknown as Buffer;
    }
  } finally {
    directory.closeSync();
  }
}

/** Says which directories are not gone into: views of the kernel, and our own data folder. */
export class Boundaries {
  readonly #root: bigint;
  readonly #own: BigIntStats | undefined;

  constructor(root: Uint8Array, dataFolder: string | undefined) {
    this.#root = lstatSync(root as Buffer, { bigint: true }).dev;
    this.#own = dataFolder === undefined ? undefined : statSync(dataFolder, { bigint: true });
  }

  excludes(path: Uint8Array, stats: BigIntStats): boolean {
    if (!stats.isDirectory()) return false;
    if (stats.ino === this.#own?.ino && stats.dev === this.#own.dev) return true;
    return stats.dev !== this.#root && isSpecial(path);
  }
}

/** Whether the path lies on a filesystem that holds no files. */
export function isSpecial(path: Uint8Array | string): boolean {
  try {
    return SPECIAL_FILESYSTEMS.has(statfsSync(path as Buffer).type);
  } catch {
    return false;
  }
}
