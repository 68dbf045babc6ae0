import type { Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { keyAfter, spanHolds, type Key, type Span } from '../keys/index.js';
import { currentRowKey, decodeStamped, historyRowKey, type JournalCommit } from '../rows/index.js';
import type { CurrentRows } from './current-rows.js';
import type { JournalReader } from './journal-reader.js';
import type { Lease } from './lease.js';
import type { OwnedRanges } from './owned-ranges.js';
import type { ShardContext } from './shard-context.js';
import type { ChangedKey, CommittedChanges, FeedPage, FeedRequest } from './feed.js';
import type { GroupWriter } from './group-writer.js';
import type { Thresholds } from './thresholds.js';
import { ABSENT, type Version } from './version.js';

/** About how many changes one page tells of. */
const CHANGES_MAX = 1_024;

export interface ChangeReaderParts {
  readonly context: ShardContext;
  readonly journal: JournalReader;
  readonly lease: Lease;
  readonly ranges: OwnedRanges;
  readonly rows: CurrentRows;
  readonly thresholds: Thresholds;
  readonly writer: GroupWriter;
}

/** A key that a commit has written. */
interface Written {
  readonly key: Key;
  readonly timestamp: Timestamp;
}

/** Reads from the journal what was committed, page by page (docs/protocol/feeds.md). */
export class ChangeReader {
  readonly #parts: ChangeReaderParts;

  constructor(parts: ChangeReaderParts) {
    this.#parts = parts;
  }

  async page({ span, since, after, through }: FeedRequest): Promise<FeedPage> {
    const { context, journal, lease, writer } = this.#parts;
    // Whatever commits later is above; as for a read, the next leader knows that too.
    const asked = Math.max(context.clock.last, through);
    await lease.admit(asked);
    let complete = Math.min(asked, writer.earliestUnwritten - 1);
    let sequence = writer.guard.sequence;
    if (after === undefined && since < journal.begin.writtenAt) throw this.#tooOld();
    const first = after === undefined ? await journal.firstSince(since, sequence) : after + 1;
    const commits: JournalCommit[] = [];
    let changes = 0;
    let hasMore = false;
    if (first <= sequence) {
      for await (const group of journal.from(first)) {
        if (group.sequence > sequence) break;
        for (const commit of group.commits) {
          if (commit.timestamp <= since) continue;
          const own = within(commit, span);
          if (own.keys.length === 0) continue;
          commits.push(own);
          changes += own.keys.length;
        }
        if (changes < CHANGES_MAX) continue;
        ({ sequence, complete } = group);
        hasMore = true;
        break;
      }
    }
    if (after !== undefined && after < journal.begin.sequence) throw this.#tooOld();
    return { commits: await this.#withValues(commits), sequence, complete, hasMore };
  }

  async #withValues(commits: readonly JournalCommit[]): Promise<CommittedChanges[]> {
    const written: Written[] = commits.flatMap(({ keys, timestamp }) => keys.map((key) => ({ key, timestamp })));
    const values = await this.#valuesOf(written);
    for (const { key, timestamp } of written) this.#parts.thresholds.check(timestamp, [key]);
    let at = 0;
    return commits.map(({ transaction, timestamp, keys }) => {
      const changes = keys.map((key): ChangedKey => ({ key, ...values[at++]! }));
      return { transaction, timestamp, changes };
    });
  }

  /** Of each key what the commit made of it. What is not current any more is in history, as long as the key is served here. */
  async #valuesOf(written: readonly Written[]): Promise<Omit<ChangedKey, 'key'>[]> {
    const { engine } = this.#parts.context;
    const current = await this.#currentOf(written);
    const older = written.filter(({ key, timestamp }) => current.get(key)!.timestamp !== timestamp);
    const olderKeys = older.map(({ key, timestamp }) => historyRowKey(key, timestamp));
    const olderRows = older.length === 0 ? [] : await engine.get(olderKeys);
    let at = 0;
    return written.map(({ key, timestamp }) => {
      const newest = current.get(key)!;
      if (newest.timestamp === timestamp) return { value: newest.value, isElsewhere: false };
      const rowKey = olderKeys[at]!;
      const row = olderRows[at++];
      if (row !== undefined) return { value: decodeStamped(rowKey, row).value, isElsewhere: false };
      const isServed = this.#parts.ranges.overlapping({ start: key, end: keyAfter(key) }).length > 0;
      return { value: undefined, isElsewhere: !isServed };
    });
  }

  /** The newest versions, most of which are still in memory. */
  async #currentOf(written: readonly Written[]): Promise<Map<Key, Version>> {
    const { rows } = this.#parts;
    const current = new Map<Key, Version>();
    const unknown = new Set<Key>();
    for (const { key } of written) {
      const cached = rows.cached(key);
      if (cached === undefined) unknown.add(key);
      else current.set(key, cached);
    }
    if (unknown.size === 0) return current;
    const keys = [...unknown];
    const rowKeys = keys.map(currentRowKey);
    for (const [at, row] of (await this.#parts.context.engine.get(rowKeys)).entries()) {
      current.set(keys[at]!, row === undefined ? ABSENT : decodeStamped(rowKeys[at]!, row));
    }
    return current;
  }

  #tooOld(): PandaError {
    const message = 'The journal does not tell any more what was committed after the timestamp';
    return new PandaError('SnapshotTooOld', message, { shard: this.#parts.context.id });
  }
}

function within(commit: JournalCommit, span: Span): JournalCommit {
  const keys = commit.keys.filter((key) => spanHolds(span, key));
  return keys.length === commit.keys.length ? commit : { ...commit, keys };
}
