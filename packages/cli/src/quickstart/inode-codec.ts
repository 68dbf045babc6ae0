import { constants, type BigIntStats } from 'node:fs';

/*
 * An entry's value, numbers little-endian:
 *
 *   mode      4 bytes, with the type
 *   size      8 bytes
 *   mtime     8 bytes, nanoseconds
 *   ctime     8 bytes, nanoseconds
 *   tail      a symbolic link's target; a directory's id; nothing for others
 */
const SIZE_AT = 4;
const MTIME_AT = 12;
const CTIME_AT = 20;
const TAIL_AT = 28;
const ID_BYTES = 8;

export interface Inode {
  readonly mode: number;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  /** When anything about the file last changed; nobody can set it back. */
  readonly ctimeNs: bigint;
  /** A symbolic link's target, a directory's id. */
  readonly tail: Buffer;
}

export function encodeInode(stats: BigIntStats, tail: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(TAIL_AT + tail.length);
  bytes.writeUInt32LE(Number(stats.mode), 0);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, stats.size), SIZE_AT);
  bytes.writeBigInt64LE(BigInt.asIntN(64, stats.mtimeNs), MTIME_AT);
  bytes.writeBigInt64LE(BigInt.asIntN(64, stats.ctimeNs), CTIME_AT);
  bytes.set(tail, TAIL_AT);
  return bytes;
}

/** Undefined for what is no inode. */
export function decodeInode(value: Uint8Array): Inode | undefined {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (bytes.length < TAIL_AT) return undefined;
  const inode = {
    mode: bytes.readUInt32LE(0),
    size: bytes.readBigUInt64LE(SIZE_AT),
    mtimeNs: bytes.readBigInt64LE(MTIME_AT),
    ctimeNs: bytes.readBigInt64LE(CTIME_AT),
    tail: bytes.subarray(TAIL_AT),
  };
  return isDirectory(inode) && inode.tail.length !== ID_BYTES ? undefined : inode;
}

export function isDirectory({ mode }: Pick<Inode, 'mode'>): boolean {
  return (mode & constants.S_IFMT) === constants.S_IFDIR;
}
