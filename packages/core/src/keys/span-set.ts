import type { Key } from './key.js';
import type { Span } from './span.js';

/** A set of spans, sorted and joined where they overlap or touch, for quick tests of membership. */
export class SpanSet {
  readonly spans: readonly Span[];

  constructor(spans: readonly Span[]) {
    this.spans = spans.length < 2 ? spans : joined(spans);
  }

  has(key: Key): boolean {
    let low = 0;
    let high = this.spans.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.spans[middle]!.start <= key) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return false;
    const { end } = this.spans[low - 1]!;
    return end === undefined || key < end;
  }
}

function joined(spans: readonly Span[]): Span[] {
  const sorted = [...spans].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const result: { start: Key; end: Key | undefined }[] = [];
  for (const { start, end } of sorted) {
    const last = result[result.length - 1];
    if (last === undefined || (last.end !== undefined && start > last.end)) result.push({ start, end });
    else if (last.end !== undefined && (end === undefined || end > last.end)) last.end = end;
  }
  return result;
}
