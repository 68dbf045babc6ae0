import type { Timestamp } from '../clock/index.js';
import type { Key, Span } from '../keys/index.js';

export interface FeedRequest {
  readonly span: Span;
  /** What was committed up to here is not asked for. */
  readonly since: Timestamp;
  /** From the page before: what groups up to this sequence tell is not asked for. Undefined for the first page. */
  readonly after: number | undefined;
  /** The shard is to commit nothing more up to here, so that it is known to be complete. */
  readonly through: Timestamp;
}

/** What a commit made of a key. */
export interface ChangedKey {
  readonly key: Key;
  /** Undefined: it was deleted. */
  readonly value: Uint8Array | undefined;
  /** Another shard serves the key now, and knows the value. */
  readonly isElsewhere: boolean;
}

/** A transaction's part on one shard. */
export interface CommittedChanges {
  /** Id of the attempt. */
  readonly transaction: string;
  readonly timestamp: Timestamp;
  readonly changes: readonly ChangedKey[];
}

export interface FeedPage {
  readonly commits: readonly CommittedChanges[];
  /** Where the next page begins. */
  readonly sequence: number;
  /** All commits of the shard up to this timestamp are in this page or one before it; those above may be. */
  readonly complete: Timestamp;
  /** Whether the page was full. */
  readonly hasMore: boolean;
}
