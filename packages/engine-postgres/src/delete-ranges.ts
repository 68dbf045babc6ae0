import { isEmptyRange, successor, type KeyRange, type WriteBatch } from '@pandakv/core/engine';
import { compareBytes } from './bytes.js';

/** After every key: keys have at most 2,600 bytes. */
const AFTER_ALL = Buffer.alloc(2_601, 0xff);

/** A range whose end is always there. */
export interface Span {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
}

/** What a batch deletes, so that one statement meets no row twice: disjoint spans without a key of its puts or its guard. */
export interface Deletions {
  readonly keys: readonly Uint8Array[];
  readonly spans: readonly Span[];
}

export function deletionsOf({ guard, puts = [], deletes = [], deleteRanges = [] }: WriteBatch): Deletions {
  if (deleteRanges.length === 0) return { keys: deletes, spans: [] };
  const whole = unite(deleteRanges);
  const kept = puts.map(([key]) => key);
  if (guard !== undefined) kept.push(guard.key);
  return {
    keys: deletes.filter((key) => !isIn(whole, key)),
    spans: cutOut(whole, kept.sort(compareBytes)),
  };
}

/** The same keys in spans that are in order and do not overlap. */
function unite(ranges: readonly KeyRange[]): Span[] {
  const sorted = ranges
    .filter((range) => !isEmptyRange(range))
    .map(({ start, end }) => ({ start, end: end ?? AFTER_ALL }))
    .sort((a, b) => compareBytes(a.start, b.start));
  const spans: { start: Uint8Array; end: Uint8Array }[] = [];
  for (const span of sorted) {
    const last = spans.at(-1);
    if (last === undefined || compareBytes(last.end, span.start) < 0) spans.push(span);
    else if (compareBytes(last.end, span.end) < 0) last.end = span.end;
  }
  return spans;
}

/** @param kept in order */
function cutOut(spans: readonly Span[], kept: readonly Uint8Array[]): Span[] {
  const left: Span[] = [];
  let i = 0;
  for (const { start, end } of spans) {
    let from = start;
    for (; i < kept.length && compareBytes(kept[i]!, end) < 0; i++) {
      const key = kept[i]!;
      if (compareBytes(key, from) < 0) continue;
      left.push({ start: from, end: key });
      from = successor(key);
    }
    left.push({ start: from, end });
  }
  return left.filter((span) => !isEmptyRange(span));
}

/** @param spans in order, not overlapping */
function isIn(spans: readonly Span[], key: Uint8Array): boolean {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(spans[middle]!.end, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low < spans.length && compareBytes(spans[low]!.start, key) <= 0;
}
