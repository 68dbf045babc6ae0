import type { Timestamp } from '../clock/index.js';
import type { Key } from '../keys/index.js';
import type { Threshold } from './threshold.js';

export interface CollectRequest {
  readonly thresholds: readonly Threshold[];
  /** Groups that were written before are needed by nobody; undefined while somebody may need any. */
  readonly journalBefore: Timestamp | undefined;
}

/** What is still to be collected of keys with a prefix. */
export interface PrefixBacklog {
  readonly prefix: Key;
  readonly threshold: Timestamp;
  /** About when the oldest version that has not been looked at was superseded; undefined when there is none. */
  readonly oldest: Timestamp | undefined;
}

export interface Backlog {
  readonly prefixes: readonly PrefixBacklog[];
  /** When the first group of the journal was written; undefined when it is empty. */
  readonly journal: Timestamp | undefined;
}

/** What a shard does to give up its past, beside serving. Arguments and results are plain data. */
export interface Collection {
  readonly id: string;
  /** At once no older reads are served; what nobody can read any more is removed in the background. */
  collect(request: CollectRequest): Promise<void>;
  /** Reads at most one group for each prefix, and the first one. */
  backlog(): Promise<Backlog>;
  /** Resolves when everything that was asked for is removed. */
  collected(): Promise<void>;
}
