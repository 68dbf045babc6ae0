import { PandaError } from '../errors/index.js';
import type { Key } from '../keys/index.js';
import type { LayoutRange } from '../rows/index.js';

/** From `key` on, up to the next split, the keyspace belongs to `shard`. What lies before the first split is the first shard's. */
export interface Split {
  readonly key: Key;
  readonly shard: string;
}

/** Each shard holds the whole layout in a row: half of what a value may have, so that there is room for how it is written down. */
const LAYOUT_BYTES_MAX = 2 * 1024 * 1024;
/** For the id of a range and the lengths of what is in it. */
const RANGE_BYTES = 16;

/** The ranges that a new database starts with: as the splits say, else equal shares of the first byte. */
export function planLayout(shards: readonly string[], splits: readonly Split[] | undefined): LayoutRange[] {
  const chosen = splits ?? evenSplits(shards);
  let before: Key = '';
  let bytes = 0;
  for (const { key, shard } of chosen) {
    if (!shards.includes(shard)) throw new PandaError('InvalidArgument', `A split names the unknown shard '${shard}'`, { shard });
    if (key <= before) throw new PandaError('InvalidArgument', 'Splits must be in key order, each key once and not empty');
    before = key;
    bytes += 2 * Buffer.byteLength(key) + Buffer.byteLength(shard) + RANGE_BYTES;
  }
  if (bytes > LAYOUT_BYTES_MAX) {
    throw new PandaError('InvalidArgument', `The splits take ${bytes} bytes, at most ${LAYOUT_BYTES_MAX}: split ranges later`);
  }
  const bounds = [{ key: '', shard: shards[0]! }, ...chosen];
  return bounds.map(({ key, shard }, at) => ({ id: `r${at + 1}`, start: key, end: bounds[at + 1]?.key, shard }));
}

function evenSplits(shards: readonly string[]): Split[] {
  return shards.slice(1).map((shard, at) => ({
    key: String.fromCharCode(Math.round((256 * (at + 1)) / shards.length)),
    shard,
  }));
}
