/*
 * A directory's record:        parent 8 bytes, moves 4 bytes, length of its name 2 bytes, its name, the path imported from
 * A directory's statistics:    files, listed, skipped, 4 bytes each
 * Numbers are little-endian.
 */
const ID_BYTES = 8;
const NAME_AT = 14;
const STATISTICS_BYTES = 12;

/** Where a directory is. */
export interface DirectoryRecord {
  readonly parent: Uint8Array;
  /** Its name in the parent. */
  readonly name: Uint8Array;
  /** How often it was moved. */
  readonly moves: number;
  /** The path that it was imported from, relative to the root. */
  readonly path: Uint8Array;
}

/** What was found in a directory when it was imported; never changes. */
export interface DirectoryStatistics {
  /** Entries in it that are no directories; they stay where they are. */
  readonly files: number;
  /** Names that it had on disk when it was imported. */
  readonly listed: number;
  /** Of these, not imported; for a directory that could not be read, 1. */
  readonly skipped: number;
}

export function encodeRecord({ parent, name, moves, path }: DirectoryRecord): Buffer {
  const bytes = Buffer.allocUnsafe(NAME_AT + name.length + path.length);
  bytes.set(parent, 0);
  bytes.writeUInt32LE(moves, ID_BYTES);
  bytes.writeUInt16LE(name.length, ID_BYTES + 4);
  bytes.set(name, NAME_AT);
  bytes.set(path, NAME_AT + name.length);
  return bytes;
}

/** Undefined for what is no record. */
export function decodeRecord(value: Uint8Array): DirectoryRecord | undefined {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (bytes.length < NAME_AT) return undefined;
  const pathAt = NAME_AT + bytes.readUInt16LE(ID_BYTES + 4);
  if (bytes.length < pathAt) return undefined;
  return {
    parent: bytes.subarray(0, ID_BYTES),
    moves: bytes.readUInt32LE(ID_BYTES),
    name: bytes.subarray(NAME_AT, pathAt),
    path: bytes.subarray(pathAt),
  };
}

export function encodeStatistics({ files, listed, skipped }: DirectoryStatistics): Buffer {
  const bytes = Buffer.allocUnsafe(STATISTICS_BYTES);
  bytes.writeUInt32LE(files, 0);
  bytes.writeUInt32LE(listed, 4);
  bytes.writeUInt32LE(skipped, 8);
  return bytes;
}

/** Undefined for what is no statistics. */
export function decodeStatistics(value: Uint8Array): DirectoryStatistics | undefined {
  if (value.length !== STATISTICS_BYTES) return undefined;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return { files: bytes.readUInt32LE(0), listed: bytes.readUInt32LE(4), skipped: bytes.readUInt32LE(8) };
}
