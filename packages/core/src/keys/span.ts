import { PandaError } from '../errors/index.js';
import { keyAfter, LIMITS, toKey, userKey, type Bytes, type Key } from './key.js';

/** A piece `[start, end)` of the keyspace inside core; `end` undefined means to the end. */
export interface Span {
  readonly start: Key;
  readonly end: Key | undefined;
}

/** A piece `[start, end)` of the keyspace as users write it; without `start` or `end` it has no bound there. */
export interface Range {
  readonly start?: Bytes | undefined;
  readonly end?: Bytes | undefined;
}

/** All keys from `start` (included) to `end` (excluded). */
export function range(start?: Bytes, end?: Bytes): Range {
  const span = toSpan({ start, end });
  if (span.end !== undefined && span.end < span.start) {
    throw new PandaError('InvalidArgument', 'A range must not end before it starts');
  }
  return { start, end };
}

/** All keys that begin with `bytes`. */
export function prefix(bytes: Bytes): Range {
  const start = toKey(bytes);
  const end = prefixEnd(start);
  return { start: Buffer.from(start, 'latin1'), ...(end === undefined ? {} : { end: Buffer.from(end, 'latin1') }) };
}

/** The first key after all that begin with `start`; undefined when there is none. */
export function prefixEnd(start: Key): Key | undefined {
  let length = start.length;
  while (length > 0 && start.charCodeAt(length - 1) === 0xff) length--;
  if (length === 0) return undefined;
  return start.slice(0, length - 1) + String.fromCharCode(start.charCodeAt(length - 1) + 1);
}

/** A user's range, checked. A bound may be one byte longer than a key: the key after the longest one. */
export function toSpan(range: Range): Span {
  if (range === null || typeof range !== 'object' || range instanceof Uint8Array) {
    throw new TypeError('A range must be an object with start and end; see range() and prefix()');
  }
  const start = range.start === undefined ? '' : toKey(range.start);
  const end = range.end === undefined ? undefined : toKey(range.end);
  for (const bound of [start, end]) {
    if (bound !== undefined && bound.length > LIMITS.keyBytesMax + 1) {
      throw new PandaError('KeyTooLarge', `A range's bound of ${bound.length} bytes is over the limit of ${LIMITS.keyBytesMax}`);
    }
  }
  return { start, end };
}

/** A user's key, as the span that holds it alone, or a range. */
export function keyOrRangeSpan(keyOrRange: Bytes | Range): Span {
  if (typeof keyOrRange !== 'string' && !(keyOrRange instanceof Uint8Array)) return toSpan(keyOrRange);
  const key = userKey(keyOrRange);
  return { start: key, end: keyAfter(key) };
}

export function spanHolds(span: Span, key: Key): boolean {
  return key >= span.start && (span.end === undefined || key < span.end);
}

export function spanIsEmpty(span: Span): boolean {
  return span.end !== undefined && span.end <= span.start;
}

/** What two spans share; may be empty. */
export function spanIntersection(a: Span, b: Span): Span {
  const start = a.start > b.start ? a.start : b.start;
  const end = a.end === undefined ? b.end : b.end === undefined ? a.end : a.end < b.end ? a.end : b.end;
  return { start, end };
}

export function spansOverlap(a: Span, b: Span): boolean {
  return (a.end === undefined || b.start < a.end) && (b.end === undefined || a.start < b.end);
}

/** What is left of a span without others. */
export function spanWithout(span: Span, others: readonly Span[]): Span[] {
  let left = [span];
  for (const other of others) left = left.flatMap((piece) => without(piece, other));
  return left;
}

function without(span: Span, other: Span): Span[] {
  if (!spansOverlap(span, other)) return [span];
  const before = { start: span.start, end: other.start };
  const rest: Span[] = spanIsEmpty(before) ? [] : [before];
  if (other.end !== undefined && (span.end === undefined || other.end < span.end)) rest.push({ start: other.end, end: span.end });
  return rest;
}
