import type { Timestamp, Transaction } from '@pandakv/core';
import type { Key, Span } from '@pandakv/core/parts';
import type { TextChange } from './text-change.js';

/** A value as text; undefined where the key has none. */
export type Value = string | undefined;

export interface RecordedScan {
  readonly start: Key;
  readonly end: Key | undefined;
  readonly reverse: boolean;
  readonly limit: number;
  readonly entries: readonly (readonly [key: Key, value: string])[];
  /** What the transaction itself had written before: by key the value, null for a delete. */
  readonly own: ReadonlyMap<Key, string | null>;
  /** What it had done to values that it had not written. */
  readonly ownChanges: ReadonlyMap<Key, readonly TextChange[]>;
}

/** One run of a transaction's function. */
export interface Attempt {
  /** By which shards know it; missing of what has none that its client knows. */
  readonly id?: string;
  readTimestamp: Timestamp;
  /** Reads of keys that it had not written before. */
  readonly reads: { readonly key: Key; readonly value: Value; readonly changes?: readonly TextChange[] }[];
  readonly scans: RecordedScan[];
  /** What had to hold right before it committed. */
  readonly preconditions?: readonly { readonly key: Key; readonly value: Value }[];
  /** By key the new value, null for a delete. */
  readonly writes: Map<Key, string | null>;
  /** By key what is done to its value; none of `writes` is among them. */
  readonly changes?: Map<Key, readonly TextChange[]>;
  /** Where others conflict with it as if it had written there. */
  readonly writeConflicts?: Span[];
  /** Entries of logs, whose keys end with the stamp of the commit; it stands in the value of another key, too. */
  readonly appends?: Append[];
  committedAt?: Timestamp;
}

/** One entry of a log. No other has its value. */
export interface Append {
  readonly log: Key;
  readonly value: string;
  readonly stampIn: Key;
}

/** `past`: a snapshot of before it was asked for. `write`: one call with preconditions. */
export type OperationKind = 'transaction' | 'get' | 'snapshot' | 'past' | 'write';

/** What a client asked for, and what it was told. */
export interface Operation {
  readonly kind: OperationKind;
  readonly client: string;
  /** The life of the process that it ran in, at last. */
  session: string;
  /** Number of the step of the history at which it was called. */
  readonly invoked: number;
  /** The same for its end; missing when the client never heard. */
  completed?: number;
  status: 'running' | 'ok' | 'failed' | 'unknown';
  /** The error's code. */
  error?: string;
  /** The transaction's id, once it had one. */
  id?: string;
  /** One attempt at it, where it can be run again under the id, which was known before the first run. */
  body?: (transaction: Transaction) => Promise<unknown>;
  readonly attempts: Attempt[];
  /** What a later look-up said of it. */
  outcome?: { readonly status: 'committed'; readonly timestamp: Timestamp } | { readonly status: 'aborted' };
  isolation: 'serializable' | 'snapshot';
  /** What a `get` saw: the newest value has no timestamp that the client knows. */
  latest?: { readonly key: Key; readonly value: Value };
}
