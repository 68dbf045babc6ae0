import { keyAfter, toSpan, userKey, type Bytes, type Range, type Span } from '../keys/index.js';

/** The span of a user's key, or of a range of them. */
export function spanOf(keyOrRange: Bytes | Range): Span {
  if (typeof keyOrRange !== 'string' && !(keyOrRange instanceof Uint8Array)) return toSpan(keyOrRange);
  const key = userKey(keyOrRange);
  return { start: key, end: keyAfter(key) };
}
