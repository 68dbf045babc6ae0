import type { Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { keyHex, prefixEnd, spanHolds, spansOverlap, type Key, type Span } from '../keys/index.js';
import { laterOf, thresholdOf, type Threshold } from './threshold.js';

/** Refuses reads at timestamps of which the shard may have given up what they need (P9). */
export class Thresholds {
  readonly #shard: string;
  #all: readonly Threshold[];
  #highest = 0;

  constructor(shard: string, all: readonly Threshold[]) {
    this.#shard = shard;
    this.#all = all;
    this.#note();
  }

  get all(): readonly Threshold[] {
    return this.#all;
  }

  /** Called before anything is removed by them. They never go back. */
  raise(to: readonly Threshold[]): void {
    this.#all = laterOf(this.#all, to);
    this.#note();
  }

  /** Throws `SnapshotTooOld`. Called again once the rows have been read. */
  check(timestamp: Timestamp, keys: readonly Key[]): void {
    if (timestamp >= this.#highest) return;
    for (const key of keys) if (timestamp < thresholdOf(key, this.#all)) throw this.#tooOld(key);
  }

  checkSpan(timestamp: Timestamp, span: Span): void {
    if (timestamp < this.#highest && timestamp < this.latestIn(span)) throw this.#tooOld(span.start);
  }

  /** The latest threshold of any key of a span. */
  latestIn(span: Span): Timestamp {
    return Math.max(...this.#in(span));
  }

  earliestIn(span: Span): Timestamp {
    return Math.min(...this.#in(span));
  }

  #in(span: Span): Timestamp[] {
    const decisive = this.#all.filter(({ prefix }) => this.#decides(prefix, span));
    return [thresholdOf(span.start, this.#all), ...decisive.map(({ timestamp }) => timestamp)];
  }

  /** Whether some key of the span has the prefix, and no longer one that has all of the span as well. */
  #decides(prefix: Key, span: Span): boolean {
    if (!spansOverlap({ start: prefix, end: prefixEnd(prefix) }, span)) return false;
    return !this.#all.some((other) => other.prefix.length > prefix.length && covers(other.prefix, span));
  }

  #note(): void {
    this.#highest = Math.max(0, ...this.#all.map(({ timestamp }) => timestamp));
  }

  #tooOld(key: Key): PandaError {
    const message = 'The timestamp lies before the oldest that versions are kept for';
    return new PandaError('SnapshotTooOld', message, { shard: this.#shard, key: keyHex(key) });
  }
}

function covers(prefix: Key, { start, end }: Span): boolean {
  const all = { start: prefix, end: prefixEnd(prefix) };
  if (!spanHolds(all, start)) return false;
  return all.end === undefined || (end !== undefined && end <= all.end);
}
