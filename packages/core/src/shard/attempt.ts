import type { Timestamp } from '../clock/index.js';
import type { PandaError } from '../errors/index.js';
import type { Key, Span } from '../keys/index.js';
import type { Stamp } from '../rows/index.js';
import type { Writes } from './commit-rows.js';
import type { Footprint } from './lock-table.js';
import type { CommitRequest } from './shard.js';
import { transactionOf } from './transaction-id.js';
import { stampSpan, withStamps } from './versionstamp.js';
import type { Version } from './version.js';

const NONE: readonly never[] = [];

/** A commit or prepare on its way through the leader: the request and what was looked up for it so far. */
export class Attempt<Request extends CommitRequest = CommitRequest> implements Footprint {
  readonly request: Request;
  readonly readKeys: readonly Key[];
  readonly readSpans: readonly Span[];
  /** Rows from the engine, with the position of recent commits before the look. */
  loaded: Map<Key, { readonly version: Version; readonly mark: number }> | undefined;
  /** For each key of `writes` the version that a commit in this turn would supersede. */
  newest: readonly Version[] | undefined;
  /** What is written, once operations were evaluated; in the turn of the look-up. */
  writes: Writes;
  /** Keys whose operations change nothing. They stay so only while nobody else writes them. */
  unchangedKeys: readonly Key[] = NONE;
  /** The timestamp of the stamps in `sent`: that of the commit, if it commits in this turn. */
  stampedAt: Timestamp | undefined;
  /** What the request writes, with stamps in their places. */
  sent: Writes;
  /** The keys in `sent` that hold a stamp: nobody else's commit can make them. */
  stampedKeys: ReadonlySet<Key> | undefined;
  /** Of a prepare: where its keys can come to lie, whatever the commit timestamp. */
  stampSpans: readonly Span[] | undefined;
  /** The places for stamps in `writes`. */
  stamps: readonly Stamp[] | undefined;
  /** Why an operation refuses. */
  refusal: PandaError | undefined;
  /** Position of recent commits before the spans were checked on the rows. */
  spansCheckedAt: number | undefined;
  /** The journal was searched for an earlier run of this transaction. */
  journalSearched = false;

  constructor(request: Request) {
    this.request = request;
    this.sent = request;
    this.stamps = request.stamps;
    this.writes = request;
    const { preconditions } = request;
    if (preconditions.length === 0) {
      this.readKeys = request.readKeys;
      this.readSpans = request.readSpans;
    } else {
      this.readKeys = [...request.readKeys, ...preconditions.flatMap((p) => (p.type === 'unchanged' ? [] : [p.key]))];
      this.readSpans = [...request.readSpans, ...preconditions.flatMap((p) => (p.type === 'unchanged' ? [p.span] : []))];
    }
  }

  /** Of the transaction, whatever the attempt. */
  get id(): string {
    return transactionOf(this.request.transaction);
  }

  get writeConflicts(): readonly Span[] | undefined {
    return this.request.writeConflicts;
  }

  get writeKeys(): readonly Key[] {
    return this.sent.writeKeys;
  }

  /** Writes the stamps of a commit at the timestamp. */
  stamp(timestamp: Timestamp, stamp: Key): void {
    const { transaction, writeKeys, writeValues, stamps = NONE } = this.request;
    this.sent = { transaction, ...withStamps(writeKeys, writeValues, stamps, stamp) };
    this.stampedKeys = new Set(stamps.flatMap(({ at, part }) => (part === 'key' ? [this.sent.writeKeys[at]!] : [])));
    this.writes = this.sent;
    this.stamps = stamps;
    this.stampedAt = timestamp;
  }

  /** Where its keys can come to lie when the commit timestamp is still to be found: from the present stamp to that of the expiry. */
  spreadStamps(): void {
    const { expiry, stamps = NONE } = this.request;
    this.stampSpans = stamps.flatMap(({ at, part, offset }) =>
      part === 'key' ? [stampSpan(this.sent.writeKeys[at]!, offset, this.stampedAt!, expiry)] : [],
    );
  }
}
