import { PandaError } from '@pandakv/core/engine';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { checkMarker } from './store-format.js';

const MAGIC = Buffer.from('SQLite format 3\0');
const HEADER_BYTES = 100;
const FORMAT_AT = 60;
const APPLICATION_ID_AT = 68;

/** Files that this thread has open, by identity, with how often. */
const openHere = new Map<string, number>();

/**
 * Returns if the file is a store of ours, or nothing that a store may not replace. Reads it without SQLite, which would change
 * what it opens: the foreign file's log would be brought into it.
 *
 * Synchronous, as is the opening that follows: closing a file ends all locks that the process has on it, so it may only be
 * read this way while nobody here has it open. One that is open was checked before.
 *
 * @throws PandaError `InvalidArgument` for a file that is not ours or newer, `Corruption` for one that is damaged
 */
export function checkFile(file: string): void {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isFile()) throw new PandaError('InvalidArgument', `This is not a file: ${file}`);
  if (stats === undefined || stats.size === 0) {
    if (!hasContent(`${file}-wal`)) return;
    throw new PandaError('Corruption', `The file of the store is gone, its log is there: ${file}`);
  }
  if (openHere.has(identityOf(file))) return;
  const header = readHeader(file);
  // A creation that the machine did not survive: SQLite takes it back by its journal.
  if (header.every((byte) => byte === 0) && hasContent(`${file}-journal`)) return;
  checkHeader(header, file);
}

/** Remembers that this thread has the file open; returns what forgets it. */
export function holdFile(file: string): () => void {
  const identity = identityOf(file);
  openHere.set(identity, (openHere.get(identity) ?? 0) + 1);
  return () => {
    const left = openHere.get(identity)! - 1;
    if (left === 0) openHere.delete(identity);
    else openHere.set(identity, left);
  };
}

function hasContent(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function identityOf(file: string): string {
  const { dev, ino } = statSync(file, { bigint: true });
  return `${dev}:${ino}`;
}

function readHeader(file: string): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    return header.subarray(0, readSync(descriptor, header, 0, HEADER_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}

function checkHeader(header: Buffer, file: string): void {
  if (!header.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new PandaError('InvalidArgument', `This is not a store of Panda's, nor a SQLite database: ${file}`);
  }
  if (header.length < HEADER_BYTES) throw new PandaError('Corruption', `The file is cut short: ${file}`);
  checkMarker(header.readUInt32BE(APPLICATION_ID_AT), header.readUInt32BE(FORMAT_AT), file);
}
