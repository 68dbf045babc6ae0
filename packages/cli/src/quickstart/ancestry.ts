import { PandaError, type Snapshot, type Transaction } from '@pandakv/core';
import { decodeRecord, type DirectoryRecord } from './directory-rows.js';
import { recordKey, ROOT } from './tree-keys.js';

/** No path on a disk is as deep; a longer way up goes in a circle. */
const DEPTH_MAX = 10_000;

export type Readable = Pick<Snapshot | Transaction, 'get' | 'getMany' | 'scan'>;

export async function readRecord(from: Readable, directory: Uint8Array): Promise<DirectoryRecord | undefined> {
  const value = await from.get(recordKey(directory));
  return value === undefined ? undefined : decodeRecord(value);
}

/**
 * The ids from a directory up to the root, both included. Fails with `Corruption` when the way does not lead there.
 */
export async function* wayUp(from: Readable, directory: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  let at = directory;
  for (let depth = 0; depth < DEPTH_MAX; depth++) {
    yield at;
    if (sameId(at, ROOT)) return;
    const record = await readRecord(from, at);
    if (record === undefined) throw new PandaError('Corruption', `The directory ${idHex(at)} has no record`);
    at = record.parent;
  }
  throw new PandaError('Corruption', `The directory ${idHex(directory)} lies below itself`);
}

export function sameId(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

export function idHex(directory: Uint8Array): string {
  return Buffer.from(directory).toString('hex');
}
