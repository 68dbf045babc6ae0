import { keyAfter, spansOverlap, spanWithout, type Key, type Span } from '../keys/index.js';
import { BTree } from './btree.js';

/**
 * Spans of keys that are known to have no current row. As the leader is the only writer, what it once found empty stays empty
 * until it writes there. So a queue's head is found without stepping over the deleted entries before it, which most engines
 * keep as garbage for a while, and inserting where nothing was needs no look-up.
 *
 * Spans never overlap or touch. Their number is bounded: beyond it, what an insert splits off on the left is forgotten.
 */
export class AbsentSpans {
  /** Start → end; undefined is the end of the keyspace. */
  readonly #spans = new BTree<Key, Key | undefined>();
  readonly #spansMax: number;

  constructor(spansMax: number) {
    this.#spansMax = spansMax;
  }

  has(key: Key): boolean {
    return this.#spanOf(key) !== undefined;
  }

  /** Forgets that the key is absent. Called as soon as a commit that will write it is sure to be tried. */
  remove(key: Key): void {
    const span = this.#spanOf(key);
    if (span === undefined) return;
    this.#spans.delete(span.start);
    const after = keyAfter(key);
    if (span.end === undefined || after < span.end) this.#spans.set(after, span.end);
    if (span.start < key && this.#spans.size < this.#spansMax) this.#spans.set(span.start, key);
  }

  /** Forgets all that is known of a span. */
  forget(span: Span): void {
    const first = this.#spans.getPairOrNextLower(span.start)?.[0] ?? span.start;
    const overlapping: [Key, Key | undefined][] = [];
    for (const [start, end] of this.#spans.entries(first)) {
      if (span.end !== undefined && start >= span.end) break;
      if (spansOverlap({ start, end }, span)) overlapping.push([start, end]);
    }
    for (const [start, end] of overlapping) {
      this.#spans.delete(start);
      for (const rest of spanWithout({ start, end }, [span])) this.#spans.set(rest.start, rest.end);
    }
  }

  /** Adds what was found or made empty. */
  add(span: Span): void {
    let { start, end } = span;
    const before = this.#spans.getPairOrNextLower(start);
    if (before !== undefined && (before[1] === undefined || before[1] >= start)) {
      start = before[0];
      if (before[1] === undefined || (end !== undefined && before[1] > end)) end = before[1];
    }
    for (;;) {
      const next = this.#spans.getPairOrNextHigher(start);
      if (next === undefined || (end !== undefined && next[0] > end)) break;
      this.#spans.delete(next[0]);
      if (next[1] === undefined || (end !== undefined && next[1] > end)) end = next[1];
    }
    if (this.#spans.size < this.#spansMax) this.#spans.set(start, end);
  }

  /** The span without what is known to be empty at its ends. */
  trim(span: Span): Span {
    const head = this.#spanOf(span.start);
    const start = head === undefined ? span.start : (head.end ?? span.end);
    if (start === undefined) return { start: span.start, end: span.start };
    if (span.end !== undefined && start >= span.end) return { start: span.start, end: span.start };
    return { start, end: this.#trimmedEnd(start, span.end) };
  }

  #trimmedEnd(start: Key, end: Key | undefined): Key | undefined {
    const maxKey = this.#spans.maxKey();
    const tail = end === undefined ? maxKey : this.#spans.nextLowerKey(end);
    if (tail === undefined || tail < start) return end;
    const tailEnd = this.#spans.get(tail);
    const reaches = tailEnd === undefined || (end !== undefined && tailEnd >= end);
    return reaches ? tail : end;
  }

  #spanOf(key: Key): Span | undefined {
    if (this.#spans.size === 0) return undefined;
    const pair = this.#spans.getPairOrNextLower(key);
    if (pair === undefined || (pair[1] !== undefined && pair[1] <= key)) return undefined;
    return { start: pair[0], end: pair[1] };
  }
}
