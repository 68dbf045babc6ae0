import type { Entry } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import { keyBytes, LIMITS, spanHolds, spanIsEmpty, type Key, type Span } from '../keys/index.js';
import type { Page } from './reader.js';

/** Bytes that a mutation or a read span counts beside its keys and value. */
const OVERHEAD_BYTES = 16;

/** What a transaction has written so far: seen by its own reads, sent at commit. */
export class WriteBuffer {
  readonly #writes = new Map<Key, Uint8Array | null>();
  #deletedSpans: Span[] = [];
  /** Written keys in order; made when a scan first needs it. */
  #sorted: Key[] | undefined;
  #bytes = 0;

  /** By key: the new value, or null for a delete. */
  get writes(): ReadonlyMap<Key, Uint8Array | null> {
    return this.#writes;
  }

  get deletedSpans(): readonly Span[] {
    return this.#deletedSpans;
  }

  set(key: Key, value: Uint8Array | null): void {
    const old = this.#writes.get(key);
    if (old === undefined) this.#sorted = undefined;
    this.count(
      old === undefined ? key.length + (value?.length ?? 0) + OVERHEAD_BYTES : (value?.length ?? 0) - (old?.length ?? 0),
    );
    this.#writes.set(key, value);
  }

  deleteSpan(span: Span): void {
    if (spanIsEmpty(span)) return;
    this.count(span.start.length + (span.end?.length ?? 0) + OVERHEAD_BYTES);
    // Still written, not taken back: under snapshot isolation somebody else may write such a key meanwhile.
    for (const key of this.#writes.keys()) if (spanHolds(span, key)) this.#writes.set(key, null);
    this.#deletedSpans.push(span);
  }

  /** Counts bytes towards the limit of the transaction; read spans count too. */
  count(bytes: number): void {
    if (this.#bytes + bytes > LIMITS.transactionBytesMax) {
      throw new PandaError(
        'TransactionTooLarge',
        `Mutations and read spans of a transaction may sum to ${LIMITS.transactionBytesMax} bytes`,
      );
    }
    this.#bytes += bytes;
  }

  countSpan(span: Span): void {
    this.count(span.start.length + (span.end?.length ?? 0) + OVERHEAD_BYTES);
  }

  /** What the transaction itself wrote to a key: a value, null when it deleted it, undefined when it did neither. */
  get(key: Key): Uint8Array | null | undefined {
    const written = this.#writes.get(key);
    if (written !== undefined) return written;
    return this.#deletes(key) ? null : undefined;
  }

  /** A page as the transaction sees it. */
  overlay(page: Page, reverse: boolean): readonly Entry[] {
    const mine = this.#inSpan(page.covered);
    if (mine.length === 0 && this.#deletedSpans.length === 0) return page.entries;
    const entries: Entry[] = [];
    const left = reverse ? mine.reverse() : mine;
    let next = 0;
    const addMine = () => {
      const key = left[next++]!;
      const value = this.#writes.get(key);
      if (value !== null && value !== undefined) entries.push([keyBytes(key), Buffer.from(value)]);
    };
    for (const entry of page.entries) {
      const key = Buffer.from(entry[0]).toString('latin1');
      while (next < left.length && (reverse ? left[next]! > key : left[next]! < key)) addMine();
      if (left[next] === key) addMine();
      else if (!this.#deletes(key)) entries.push(entry);
    }
    while (next < left.length) addMine();
    return entries;
  }

  #deletes(key: Key): boolean {
    return this.#deletedSpans.some((span) => spanHolds(span, key));
  }

  #inSpan(span: Span): Key[] {
    if (this.#writes.size === 0) return [];
    this.#sorted ??= [...this.#writes.keys()].sort();
    const first = lowerBound(this.#sorted, span.start);
    const end = span.end === undefined ? this.#sorted.length : lowerBound(this.#sorted, span.end);
    return this.#sorted.slice(first, end);
  }
}

function lowerBound(sorted: readonly Key[], key: Key): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
