export { INT64_BYTES, int64, int64Of, toInt64 } from './int64.js';
export { SpanSet } from './span-set.js';
export {
  bytesFrom,
  bytesHex,
  keyAfter,
  keyBytes,
  keyHex,
  LIMITS,
  toKey,
  userKey,
  userValue,
  writeKey,
  type Bytes,
  type Key,
} from './key.js';
export {
  keyOrRangeSpan,
  prefix,
  prefixEnd,
  range,
  spanHolds,
  spanIntersection,
  spanIsEmpty,
  spansOverlap,
  spanWithout,
  toSpan,
  type Range,
  type Span,
} from './span.js';
