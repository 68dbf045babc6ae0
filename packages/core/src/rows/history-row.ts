import type { Timestamp } from '../clock/index.js';
import type { KeyRange } from '../engine/index.js';
import { writeKey, type Key, type Span } from '../keys/index.js';
import { ROW_SPACE, rowKeyBytes } from './row-space.js';
import { readUint53, uint53Key, writeUint53 } from './uint53.js';

/**
 * `h` + escaped user key + 0x00 0x01 + inverted timestamp: a superseded version. Newer versions of a key come first. Its value
 * is a stamped row whose timestamp is the one at which the version was superseded, so its lifetime is
 * `[written, superseded)` and no tombstone is needed.
 *
 * In an escaped key 0x00 becomes 0x00 0xFF; with the terminator that keeps the order of the user keys.
 */
const TERMINATOR = '\0\x01';
const INVERSE = Number.MAX_SAFE_INTEGER;
const SUFFIX_CHARS = TERMINATOR.length + 8;
const SPACE_BYTE = ROW_SPACE.history.charCodeAt(0);
const SPACE_END = String.fromCharCode(ROW_SPACE.history.charCodeAt(0) + 1);

function escape(key: Key): string {
  return key.includes('\0') ? key.replaceAll('\0', '\0\xff') : key;
}

function unescape(key: string): Key {
  return key.includes('\0') ? key.replaceAll('\0\xff', '\0') : key;
}

export function historyRowKey(key: Key, written: Timestamp): Buffer {
  const escaped = escape(key);
  const bytes = Buffer.allocUnsafe(1 + escaped.length + SUFFIX_CHARS);
  bytes[0] = SPACE_BYTE;
  const at = writeKey(bytes, escaped, 1);
  bytes[at] = 0;
  bytes[at + 1] = 1;
  writeUint53(bytes, INVERSE - written, at + 2);
  return bytes;
}

/** The history of one key written at or before `timestamp`, newest first. */
export function historyRangeOf(key: Key, timestamp: Timestamp): KeyRange {
  const prefix = ROW_SPACE.history + escape(key);
  return { start: rowKeyBytes(prefix + TERMINATOR + uint53Key(INVERSE - timestamp)), end: rowKeyBytes(prefix + '\0\x02') };
}

/** The history of all keys of a span. */
export function historyRowRange(span: Span): KeyRange {
  return {
    start: rowKeyBytes(ROW_SPACE.history + escape(span.start)),
    end: rowKeyBytes(span.end === undefined ? SPACE_END : ROW_SPACE.history + escape(span.end)),
  };
}

export function parseHistoryRowKey(rowKey: Uint8Array): { key: Key; written: Timestamp } {
  const bytes = Buffer.from(rowKey.buffer, rowKey.byteOffset, rowKey.byteLength);
  return {
    key: unescape(bytes.toString('latin1', 1, bytes.length - SUFFIX_CHARS)),
    written: INVERSE - readUint53(bytes, bytes.length - 8),
  };
}
