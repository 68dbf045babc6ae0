import type { KeyRange } from '../engine/index.js';
import { writeKey, type Key, type Span } from '../keys/index.js';
import { ROW_SPACE, rowKeyBytes } from './row-space.js';

const SPACE_BYTE = ROW_SPACE.current.charCodeAt(0);

/** `d` + user key: the newest version of a key, and nothing else (P2). Its value is a stamped row with the commit timestamp. */
export function currentRowKey(key: Key): Buffer {
  const bytes = Buffer.allocUnsafe(1 + key.length);
  bytes[0] = SPACE_BYTE;
  writeKey(bytes, key, 1);
  return bytes;
}

const SPACE_END = String.fromCharCode(ROW_SPACE.current.charCodeAt(0) + 1);

export function currentRowRange(span: Span): KeyRange {
  return {
    start: rowKeyBytes(ROW_SPACE.current + span.start),
    end: rowKeyBytes(span.end === undefined ? SPACE_END : ROW_SPACE.current + span.end),
  };
}

/** The span of user keys that a range of current rows stands for. */
export function currentRowSpan(range: KeyRange): Span {
  const start = Buffer.from(range.start).toString('latin1').slice(1);
  const end = range.end === undefined ? SPACE_END : Buffer.from(range.end).toString('latin1');
  return { start, end: end === SPACE_END ? undefined : end.slice(1) };
}
