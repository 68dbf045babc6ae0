import type { Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { keyAfter, spanHolds, type Key, type Span } from '../keys/index.js';
import { currentRowKey, decodeStamped, historyRowKey, type JournalCommit, type JournalRow } from '../rows/index.js';
import type { CurrentRows } from './current-rows.js';
import { GROUPS_MAX, type JournalReader } from './journal-reader.js';
import type { Lease } from './lease.js';
import type { OwnedRanges } from './owned-ranges.js';
import type { ShardContext } from './shard-context.js';
import type { ChangedKey, CommittedChanges, FeedPage, FeedRequest } from './feed.js';
import type { GroupWriter } from './group-writer.js';
import type { Thresholds } from './thresholds.js';
import { ABSENT, type Version } from './version.js';

/** About how many changes one page tells of, and about how many bytes of values, in whole groups. */
const CHANGES_MAX = 1_024;
const BYTES_MAX = 4 * 1024 * 1024;
/** How many values are read at once, as long as it is not known how large they are. */
const READ_CHANGES_FIRST = 16;

export interface ChangeReaderParts {
  readonly context: ShardContext;
  readonly journal: JournalReader;
  readonly lease: Lease;
  readonly ranges: OwnedRanges;
  readonly rows: CurrentRows;
  readonly thresholds: Thresholds;
  readonly writer: GroupWriter;
}

/** What a group tells of the keys that are asked for. */
interface ToldGroup {
  readonly sequence: number;
  readonly complete: Timestamp;
  readonly commits: readonly JournalCommit[];
}

/** A key that a commit has written. */
interface Written {
  readonly key: Key;
  readonly timestamp: Timestamp;
}

/** Reads from the journal what was committed, page by page (docs/protocol/feeds.md). */
export class ChangeReader {
  readonly #parts: ChangeReaderParts;
  /** Of the values that were read last, on average. */
  #valueBytes: number | undefined;

  constructor(parts: ChangeReaderParts) {
    this.#parts = parts;
  }

  async page(request: FeedRequest): Promise<FeedPage> {
    const { context, journal, lease, writer } = this.#parts;
    const { since, after, through } = request;
    // Whatever commits later is above; as for a read, the next leader knows that too.
    const asked = Math.max(context.clock.last, through);
    await lease.admit(asked);
    const complete = Math.min(asked, writer.earliestUnwritten - 1);
    const { sequence } = writer.guard;
    if (after === undefined && since < journal.begin.writtenAt) throw this.#tooOld();
    const { groups, end } = await this.#tell(request, sequence);
    if (after !== undefined && after < journal.begin.sequence) throw this.#tooOld();
    const { commits, last } = await this.#read(groups);
    const full = last === groups.at(-1) ? end : last;
    return full === undefined
      ? { commits, sequence, complete, hasMore: false }
      : { commits, sequence: full.sequence, complete: full.complete, hasMore: true };
  }

  /** What the journal tells up to a sequence; with its end, where there may be more. */
  async #tell({ span, since, after }: FeedRequest, through: number): Promise<{ groups: ToldGroup[]; end?: JournalRow }> {
    const { journal } = this.#parts;
    const first = after === undefined ? await journal.firstSince(since, through) : after + 1;
    const groups: ToldGroup[] = [];
    if (first > through) return { groups };
    let changes = 0;
    let looked = 0;
    for await (const group of journal.from(first)) {
      if (group.sequence > through) break;
      const commits = group.commits
        .filter(({ timestamp }) => timestamp > since)
        .map((commit) => within(commit, span))
        .filter(({ keys }) => keys.length > 0);
      if (commits.length > 0) groups.push({ sequence: group.sequence, complete: group.complete, commits });
      changes += changesIn(commits);
      if (changes >= CHANGES_MAX || ++looked >= GROUPS_MAX) return { groups, end: group };
    }
    return { groups };
  }

  /** The values of the first groups, as many as the page may hold. */
  async #read(groups: readonly ToldGroup[]): Promise<{ commits: CommittedChanges[]; last: ToldGroup | undefined }> {
    const commits: CommittedChanges[] = [];
    let bytes = 0;
    let count = 0;
    let next = 0;
    while (next < groups.length && bytes < BYTES_MAX) {
      const enough =
        this.#valueBytes === undefined ? READ_CHANGES_FIRST : Math.ceil((BYTES_MAX - bytes) / Math.max(1, this.#valueBytes));
      const some: JournalCommit[] = [];
      for (let changes = 0; next < groups.length && changes < enough; next++) {
        some.push(...groups[next]!.commits);
        changes += changesIn(groups[next]!.commits);
      }
      for (const commit of await this.#withValues(some)) {
        commits.push(commit);
        for (const { value } of commit.changes) bytes += value?.length ?? 0;
        count += commit.changes.length;
      }
      this.#valueBytes = bytes / count;
    }
    return { commits, last: groups[next - 1] };
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

function changesIn(commits: readonly JournalCommit[]): number {
  return commits.reduce((sum, { keys }) => sum + keys.length, 0);
}

function within(commit: JournalCommit, span: Span): JournalCommit {
  const keys = commit.keys.filter((key) => spanHolds(span, key));
  return keys.length === commit.keys.length ? commit : { ...commit, keys };
}
