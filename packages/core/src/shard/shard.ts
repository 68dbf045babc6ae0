import type { Timestamp } from '../clock/index.js';
import type { Entry, MaybePromise } from '../engine/index.js';
import type { Key, Span } from '../keys/index.js';
import type { RangeChange, Stamp } from '../rows/index.js';
import type { AtomicOperation } from './atomic-operation.js';
import type { FeedPage, FeedRequest } from './feed.js';
import type { Precondition } from './precondition.js';
import type { Version } from './version.js';

/** A range as the caller knows it. The leader refuses with `RangeMoved` when it owns no such range at that epoch. */
export interface RangeRoute {
  readonly id: string;
  readonly epoch: number;
}

export interface ReadRequest {
  readonly routes: readonly RangeRoute[];
  readonly keys: readonly Key[];
  /** The versions at this timestamp are read. */
  readonly timestamp: Timestamp;
  /** A newer version than that at `timestamp` may be answered: the newest when the shard looks. */
  readonly latest?: boolean;
}

export interface ScanRequest {
  readonly routes: readonly RangeRoute[];
  readonly span: Span;
  readonly timestamp: Timestamp;
  readonly limit: number;
  readonly maxBytes: number;
  readonly reverse: boolean;
}

export interface ScanResult {
  /** User keys and values. */
  readonly entries: readonly Entry[];
  /** What is left of the span, in the same direction; missing at its end. */
  readonly rest?: Span | undefined;
}

export interface LatestTimestampRequest {
  readonly routes: readonly RangeRoute[];
  readonly span: Span;
}

/** Asks for the lock of a key, which is advice to others who ask for it: nobody else waits for it (docs/protocol/locks.md). */
export interface LockRequest {
  /** Id of the attempt; the lock belongs to its transaction. */
  readonly transaction: string;
  readonly routes: readonly RangeRoute[];
  readonly key: Key;
  /** After this timestamp it waits no longer. */
  readonly expiry: Timestamp;
  /** The transaction holds other locks, on any shard: so it waits for younger ones only. */
  readonly holdsOthers: boolean;
}

export interface LockGrant {
  /** A transaction that reads above this sees what those before it in the line have written. */
  readonly timestamp: Timestamp;
  /** Of the key's last commit, as far as it is remembered; else 0. */
  readonly changedAt: Timestamp;
}

export interface WatchRequest {
  readonly routes: readonly RangeRoute[];
  readonly key: Key;
  readonly since: Timestamp;
  /** How long to wait, in milliseconds. */
  readonly forMs: number;
  /** An answer of none is to hold up to here: nothing is committed there any more at or before. */
  readonly asOf?: Timestamp | undefined;
}

export interface HistoryRequest {
  readonly routes: readonly RangeRoute[];
  readonly key: Key;
  /** Versions from there on are not asked for. */
  readonly before: Timestamp;
  readonly limit: number;
}

export interface KeyVersion {
  readonly timestamp: Timestamp;
  readonly value: Uint8Array;
  /** When it was superseded or deleted; undefined for the current one. */
  readonly superseded: Timestamp | undefined;
}

export interface HistoryResult {
  /** The newest first. */
  readonly versions: readonly KeyVersion[];
  /** Older ones than this are left; undefined when none are. */
  readonly rest: Timestamp | undefined;
}

/** What one transaction read and wrote on one shard. */
export interface CommitRequest {
  /** Id of the attempt. */
  readonly transaction: string;
  readonly routes: readonly RangeRoute[];
  /** All reads were made at this timestamp. */
  readonly readTimestamp: Timestamp;
  /** After this timestamp the shard refuses. */
  readonly expiry: Timestamp;
  readonly readKeys: readonly Key[];
  /** For each read key the timestamp of the version seen; 0 for none. */
  readonly readVersions: readonly Timestamp[];
  readonly readSpans: readonly Span[];
  readonly writeKeys: readonly Key[];
  /** For each written key its new value; null deletes. */
  readonly writeValues: readonly (Uint8Array | null)[];
  /** For each written key what is done to its value, or null where `writeValues` says what it becomes. Missing without any. */
  readonly writeOperations?: readonly (readonly AtomicOperation[] | null)[] | undefined;
  /** Where the stamp of the commit is written. Missing where the transaction writes none; empty where it does so elsewhere. */
  readonly stamps?: readonly Stamp[] | undefined;
  /** Spans that others conflict with as if they were written. Missing without any. */
  readonly writeConflicts?: readonly Span[] | undefined;
  readonly preconditions: readonly Precondition[];
}

export interface PrepareRequest extends CommitRequest {
  readonly anchor: string;
  readonly participants: readonly string[];
  /** What becomes of the ranges that the shard owns. Then it reads and writes nothing there, and names no routes. */
  readonly rangeChange?: RangeChange | undefined;
}

/** What became of a transaction. */
export type Decision = Commitment | { readonly committedAt?: undefined; readonly stampedBy?: string | undefined };

/** That a transaction is committed. */
export interface Commitment {
  readonly committedAt: Timestamp;
  /** Of one that writes stamps: the shard whose promise was the commit timestamp. */
  readonly stampedBy?: string | undefined;
}

/** What a shard knows of an attempt. */
export type Vote =
  | {
      readonly state: 'prepared';
      /** Id of the attempt. */
      readonly transaction: string;
      readonly minTimestamp: Timestamp;
      readonly anchor: string;
      readonly participants: readonly string[];
      /** It writes stamps here. */
      readonly isStamped?: boolean;
    }
  | ({ readonly state: 'committed' } & Commitment)
  | { readonly state: 'aborted' };

/** What a shard knows of a transaction, whatever the attempt. `forgotten`: it began before what the journal still tells. */
export type Finding = Vote | { readonly state: 'none' } | { readonly state: 'forgotten' };

export interface DecideRequest {
  readonly transaction: string;
  readonly decision: Decision;
  /** The anchor keeps the outcome until all of these have applied it. */
  readonly participants: readonly string[];
  /** When the prepares expire, if that is known: an abort is kept past that, else for the outcome retention. */
  readonly expiry?: Timestamp;
}

export interface ResolveRequest {
  readonly transaction: string;
  readonly participants: readonly string[];
}

export interface ShardStatus {
  readonly id: string;
  readonly epoch: number;
  readonly sequence: number;
  /** The highest timestamp that the leader's clock has reached. */
  readonly clock: Timestamp;
  /** The lease: the leader reads and commits up to here before it must persist a higher one. */
  readonly clockBound: Timestamp;
  /** Transactions prepared here whose rows still stand. */
  readonly prepared: number;
  /** Outcomes that some participant has still to hear of. */
  readonly unfinishedOutcomes: number;
  readonly ranges: number;
}

/** What the leader of a shard asks of other shards. */
export type Peer = Pick<Shard, 'vote' | 'apply' | 'resolve'>;

/**
 * A shard, as everything above it sees it: one asynchronous interface whose arguments and results are plain data. Behind it
 * is the leader itself, a leader in another thread, or a stub that calls the leader's node; callers assume no shared memory,
 * clock or fate. Failures are {@link PandaError}s. Of those, `LeadershipLost`, `ShardUnavailable`, `CommitUnknown`,
 * `Corruption` and `Closed` leave open what became of a `prepare`; any other refusal is definite.
 */
export interface Shard {
  readonly id: string;

  read(request: ReadRequest): MaybePromise<readonly Version[]>;
  scan(request: ScanRequest): MaybePromise<ScanResult>;
  /** The timestamp of the last commit that wrote in the span; 0 when there was none. */
  latestTimestamp(request: LatestTimestampRequest): Promise<Timestamp>;

  /** Resolves once the transaction has the lock of the key; `Conflict` where it must not wait. */
  lock(request: LockRequest): MaybePromise<LockGrant>;
  /** Gives back the locks of a transaction, and its places in the lines for others. */
  unlock(transaction: string): void;

  /** The timestamp of the key's last commit, once it is after `since`; undefined after a while without one. */
  watch(request: WatchRequest): Promise<Timestamp | undefined>;
  /** What was committed here, page by page. */
  feed(request: FeedRequest): Promise<FeedPage>;

  /** The versions of a key that are kept, the newest first. */
  history(request: HistoryRequest): Promise<HistoryResult>;

  /** Commits a transaction that touches this shard only; answers its commit timestamp once durable. */
  commit(request: CommitRequest): Promise<Timestamp>;

  /** Promises to commit; answers the least commit timestamp that this shard accepts, once the promise is durable. */
  prepare(request: PrepareRequest): Promise<Timestamp>;
  /** Tells a participant that is not the anchor that the transaction committed, so that its readers may go on. */
  learn(transaction: string, committedAt: Timestamp, stampedBy?: string): void;
  /** At the anchor: makes the outcome durable together with the anchor's own rows. Answers the outcome that stands. */
  decide(request: DecideRequest): Promise<Decision>;
  /** At another participant, after the anchor's outcome is durable: writes the rows (or none) and ends the promise. */
  apply(transaction: string, decision: Decision): Promise<void>;
  /** Tells the anchor that participants have applied the outcome. */
  forget(transaction: string, participants: readonly string[]): void;

  /** Recovery: this shard's vote. One that has not prepared durably refuses to from now on. */
  vote(transaction: string): Promise<Vote>;
  /** Recovery, at the anchor: the outcome, decided now if it was not before. May be called by anyone, any number of times. */
  resolve(request: ResolveRequest): Promise<Decision>;
  /** What the shard knows of any attempt of a transaction; searches the journal. */
  find(transactionId: string): Promise<Finding>;
  /**
   * Refuses every attempt of a transaction from now on, durably; only those of runs before `beforeRun` where that is given. Answers what
   * it found instead where one is prepared or committed.
   */
  forbid(transactionId: string, beforeRun?: Timestamp): Promise<Finding>;

  /** Resolves every transaction that is prepared here, and tells the rest of every outcome decided here. */
  recover(): Promise<void>;
  status(): MaybePromise<ShardStatus>;
  /** From now on nothing waits for company in a group: called before closing. */
  hurry(): void;
  /** Stops taking work, finishes what is in flight, and releases the engine. */
  close(): Promise<void>;
}
