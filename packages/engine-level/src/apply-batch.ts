import { GuardMismatch, isEmptyRange, type Guard, type MaybePromise, type WriteBatch } from '@pandakv/core/engine';
import { compareBytes, copyBytes } from './bytes.js';
import type { Access, ByteBatch } from './database.js';
import { boundsOf, forEachChunk } from './iterate.js';
import type { KnownGuard } from './write-queue.js';

/**
 * Checks the guard and gathers the batch; to be called, and the result written, with no other write in between.
 * Nothing has changed until the result's `write`.
 *
 * Chained, because abstract-level's array batch costs several times as much for each operation.
 *
 * @param known what the last write left in a guard, if that is certain.
 * @throws GuardMismatch
 */
export async function prepareBatch(access: Access, batch: WriteBatch, known: KnownGuard | undefined): Promise<ByteBatch> {
  if (batch.guard !== undefined) await checkGuard(access, batch.guard, known);
  const chained = access.database.batch();
  try {
    // The engine applies operations in order, and the last one on a key wins.
    for (const range of batch.deleteRanges ?? []) {
      if (isEmptyRange(range)) continue;
      await forEachChunk(access.database.keys(boundsOf(range)), (keys) => addDeletes(chained, keys, access));
    }
    if (batch.deletes !== undefined) addDeletes(chained, batch.deletes, access);
    if (batch.puts !== undefined) for (const [key, value] of batch.puts) addPut(chained, key, value, access);
    if (batch.guard !== undefined) addPut(chained, batch.guard.key, batch.guard.next, access);
    return chained;
  } catch (error) {
    await chained.close();
    throw error;
  }
}

async function checkGuard(access: Access, { key, expected }: Guard, known: KnownGuard | undefined): Promise<void> {
  const isKnown = known !== undefined && compareBytes(known.key, key) === 0;
  const held = isKnown ? known.value : await look(access, key);
  const holds = held === undefined || expected === undefined ? held === expected : compareBytes(held, expected) === 0;
  if (!holds) throw new GuardMismatch();
}

function look({ database, encodings, getSync }: Access, key: Uint8Array): MaybePromise<Uint8Array | undefined> {
  // One small row that is nearly always in memory: cheaper than a trip to another thread.
  return getSync ? database.getSync(key, encodings) : database.get(key, encodings);
}

function addDeletes(chained: ByteBatch, keys: readonly Uint8Array[], { encodings }: Access): void {
  for (const key of keys) chained.del(key, encodings);
}

function addPut(chained: ByteBatch, key: Uint8Array, value: Uint8Array, { encodings, sharesBuffers }: Access): void {
  if (sharesBuffers) chained.put(copyBytes(key), copyBytes(value), encodings);
  else chained.put(key, value, encodings);
}
