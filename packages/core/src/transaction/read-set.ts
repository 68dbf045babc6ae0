import type { Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { LIMITS, type Key, type Span } from '../keys/index.js';

const NO_KEYS: ReadonlyMap<Key, Timestamp> = new Map();

/** What a transaction has read: what must not have changed when it commits. */
export class ReadSet {
  #keys: Map<Key, Timestamp> | undefined;
  readonly spans: Span[] = [];

  /** By key: the timestamp of the version seen, 0 for none. */
  get keys(): ReadonlyMap<Key, Timestamp> {
    return this.#keys ?? NO_KEYS;
  }

  addKey(key: Key, version: Timestamp): void {
    this.#keys ??= new Map();
    this.#keys.set(key, version);
  }

  /** Adds a span; a page that continues the one before widens it. Answers whether the number of spans grew. */
  addSpan(span: Span): boolean {
    const last = this.spans.at(-1);
    if (last?.end !== undefined && last.end === span.start) {
      this.spans[this.spans.length - 1] = { start: last.start, end: span.end };
      return false;
    }
    if (last !== undefined && span.end !== undefined && last.start === span.end) {
      this.spans[this.spans.length - 1] = { start: span.start, end: last.end };
      return false;
    }
    if (this.spans.length >= LIMITS.readRangesMax) {
      throw new PandaError('TransactionTooLarge', `A transaction may read ${LIMITS.readRangesMax} ranges`);
    }
    this.spans.push(span);
    return true;
  }
}
