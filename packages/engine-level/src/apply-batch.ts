import {
  chain,
  GuardMismatch,
  isEmptyRange,
  type Guard,
  type KeyRange,
  type MaybePromise,
  type WriteBatch,
} from '@pandakv/core/engine';
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
export function prepareBatch(access: Access, batch: WriteBatch, known: KnownGuard | undefined): MaybePromise<ByteBatch> {
  if (batch.guard === undefined) return gather(access, batch);
  return chain(checkGuard(access, batch.guard, known), () => gather(access, batch));
}

/** Without waiting where nothing needs to be looked for: the sooner LevelDB has it, the sooner it is written. */
function gather(access: Access, batch: WriteBatch): MaybePromise<ByteBatch> {
  const chained = access.database.batch();
  if (batch.deleteRanges !== undefined) return gatherRanges(access, chained, batch, batch.deleteRanges);
  try {
    addRows(chained, batch, access);
  } catch (error) {
    return giveUp(chained, error);
  }
  return chained;
}

/** The engine applies operations in order, and the last one on a key wins. */
async function gatherRanges(
  access: Access,
  chained: ByteBatch,
  batch: WriteBatch,
  ranges: readonly KeyRange[],
): Promise<ByteBatch> {
  try {
    for (const range of ranges) {
      if (isEmptyRange(range)) continue;
      await forEachChunk(access.database.keys(boundsOf(range)), (keys) => addDeletes(chained, keys, access));
    }
    addRows(chained, batch, access);
    return chained;
  } catch (error) {
    return await giveUp(chained, error);
  }
}

async function giveUp(chained: ByteBatch, error: unknown): Promise<never> {
  await chained.close();
  throw error;
}

function checkGuard(access: Access, { key, expected }: Guard, known: KnownGuard | undefined): MaybePromise<void> {
  const isKnown = known !== undefined && compareBytes(known.key, key) === 0;
  return chain(isKnown ? known.value : look(access, key), (held) => {
    const holds = held === undefined || expected === undefined ? held === expected : compareBytes(held, expected) === 0;
    if (!holds) throw new GuardMismatch();
  });
}

function look({ database, encodings, getSync }: Access, key: Uint8Array): MaybePromise<Uint8Array | undefined> {
  // One small row that is nearly always in memory: cheaper than a trip to another thread.
  return getSync ? database.getSync(key, encodings) : database.get(key, encodings);
}

function addRows(chained: ByteBatch, { guard, puts, deletes }: WriteBatch, access: Access): void {
  if (deletes !== undefined) addDeletes(chained, deletes, access);
  if (puts !== undefined) for (const [key, value] of puts) addPut(chained, key, value, access);
  if (guard !== undefined) addPut(chained, guard.key, guard.next, access);
}

function addDeletes(chained: ByteBatch, keys: readonly Uint8Array[], { encodings }: Access): void {
  for (const key of keys) chained.del(key, encodings);
}

function addPut(chained: ByteBatch, key: Uint8Array, value: Uint8Array, { encodings, sharesBuffers }: Access): void {
  if (sharesBuffers) chained.put(copyBytes(key), copyBytes(value), encodings);
  else chained.put(key, value, encodings);
}
