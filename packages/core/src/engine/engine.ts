import type { EngineCapabilities } from './capabilities.js';
import type { KeyRange } from './key-range.js';
import type { MaybePromise } from './maybe-promise.js';
import type { Entry, WriteBatch } from './write-batch.js';

export interface EngineScanOptions {
  /** The most entries in the page, at least 1. */
  readonly limit: number;
  /**
   * The page may end once its keys and values sum to this many bytes. A page of a range that is not empty holds at least
   * one entry, whatever its size.
   */
  readonly maxBytes: number;
  /** From the end of the range to its start. */
  readonly reverse?: boolean | undefined;
  /**
   * An engine whose rows come one after another may call it with the entries of the page that are there, so that the caller can work on
   * them while the rest is on its way. It passes the array that the page will have as its `entries`, each time with more at its end;
   * where it begins the page anew, another array. It does not throw. Engines need not call it.
   */
  readonly onEntries?: ((entries: readonly Entry[]) => void) | undefined;
}

export interface EngineScanPage {
  /** In unsigned lexicographic byte order of keys, descending when `reverse`. */
  readonly entries: readonly Entry[];
  /** What is left of the range: scan it, in the same direction, for the next page. Missing when nothing is left. */
  readonly rest?: KeyRange | undefined;
}

export interface RangeEstimate {
  /** Number of keys. */
  readonly keys: number;
  /** Bytes of keys and values. */
  readonly bytes: number;
}

/**
 * An ordered map from byte strings to byte strings: all that Panda asks of a storage engine.
 *
 * Keys are any bytes, 1 to 2,600 long; values any bytes, empty to 4 MiB; an empty value is not an absent one. Order is the
 * unsigned lexicographic order of bytes. Buffers passed in are not changed by the caller until the call has ended; buffers
 * returned belong to the caller.
 *
 * Core calls `get`, `scan` and `estimate` any number at a time. It has at most one `write` in flight per leader, but two
 * leaders may be open on one engine while leadership changes hands, so the guard must be checked atomically. A call fails by a
 * rejected promise, or, where the engine answers without waiting, by throwing.
 */
export interface Engine {
  readonly capabilities: EngineCapabilities;

  /** Values in the order asked, `undefined` where absent. The same key may be asked twice. */
  get(keys: readonly Uint8Array[]): MaybePromise<readonly (Uint8Array | undefined)[]>;

  /** One page of a range. The page is one consistent view: it holds no part of a write without the rest of that write. */
  scan(range: KeyRange, options: EngineScanOptions): MaybePromise<EngineScanPage>;

  /**
   * Applies the batch, all or nothing. When it resolves, the batch is durable as declared, and visible to every later `get`
   * and `scan`.
   *
   * Fails with {@link GuardMismatch} when the guard does not hold: then nothing has changed. After any other failure the
   * outcome is unknown, and the caller finds out by reading the guard. An engine never retries a write by itself.
   */
  write(batch: WriteBatch): MaybePromise<void>;

  /** A rough number of keys and bytes in a range. Cheap: it does not read the range unless declared exact. */
  estimate(range: KeyRange): MaybePromise<RangeEstimate>;

  /** Waits for what is in flight, then releases everything. May be called twice. Calls after it fail with `Closed`. */
  close(): Promise<void>;
}
