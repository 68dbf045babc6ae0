import type { KeyRange } from '../engine/index.js';
import { prefixEnd, writeKey, type Key } from '../keys/index.js';

/** The first byte of a row's key says what kind of row it is (docs/protocol/rows.md). */
export const ROW_SPACE = Object.freeze({
  current: 'd',
  journal: 'g',
  history: 'h',
  meta: 'm',
  outcome: 'o',
  prepared: 'p',
  ownedRange: 'r',
  /** Before every row of the system shard that lies in the same engine. */
  system: 's',
});

/** The key of a row, one character per byte, as the engine's bytes. */
export function rowKeyBytes(rowKey: Key): Buffer {
  const bytes = Buffer.allocUnsafe(rowKey.length);
  writeKey(bytes, rowKey, 0);
  return bytes;
}

/** All rows whose keys begin with `start`. */
export function rowPrefixRange(start: Key): KeyRange {
  const end = prefixEnd(start);
  return { start: rowKeyBytes(start), end: end === undefined ? undefined : rowKeyBytes(end) };
}
