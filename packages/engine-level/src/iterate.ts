import type { KeyRange } from '@pandakv/core/engine';
import { EMPTY } from './bytes.js';
import { BYTES, type Bounds, type ByteIterator, type Encodings, type KeyEncoding } from './database.js';

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** The most that one `nextv` asks for: classic-level reserves room for all of it, and turns it into buffers in one go. */
export const CHUNK_ITEMS = 2_048;

/** One `nextv` of classic-level reads about this much, where no page sets its own measure. */
const CHUNK_BYTES = 1024 * 1024;

/** The bounds of a range. The empty key, under which a store's marker may lie, is never within. */
export function boundsOf(
  { start, end }: KeyRange,
  reverse = false,
  highWaterMarkBytes = CHUNK_BYTES,
  keyEncoding: KeyEncoding = BYTES.keyEncoding,
): Bounds & Encodings {
  // Plain properties, one by one: spreading objects here costs a tenth of a small page.
  const bounds: Mutable<Bounds & Encodings> = { reverse, highWaterMarkBytes, keyEncoding, valueEncoding: BYTES.valueEncoding };
  if (start.length === 0) bounds.gt = EMPTY;
  else bounds.gte = start;
  if (end !== undefined) bounds.lt = end;
  return bounds;
}

/** Reads an iterator to its end, in chunks, and closes it. */
export async function forEachChunk<Item>(iterator: ByteIterator<Item>, visit: (items: Item[]) => void): Promise<void> {
  try {
    for (;;) {
      const items = await iterator.nextv(CHUNK_ITEMS);
      if (items.length === 0) return;
      visit(items);
    }
  } finally {
    await iterator.close();
  }
}
