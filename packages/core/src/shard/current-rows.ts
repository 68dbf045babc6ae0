import { LRUCache } from 'lru-cache';
import { chain, isPromise, type EngineScanOptions, type MaybePromise } from '../engine/index.js';
import { keyAfter, spanHolds, spanIsEmpty, spansOverlap, spanWithout, type Key, type Span } from '../keys/index.js';
import { currentRowKey, decodeStamped } from '../rows/index.js';
import { AbsentSpans } from './absent-spans.js';
import type { Group } from './group.js';
import type { OwnershipChange } from './owned-ranges.js';
import type { RecentCommits } from './recent-commits.js';
import type { ShardContext } from './shard-context.js';
import { ABSENT, type Version } from './version.js';
import type { UnflushedVersions } from './unflushed-versions.js';

/** What a cached row costs beside its key and value, roughly, in bytes. */
const ROW_OVERHEAD_BYTES = 160;
const ABSENT_SPANS_MAX = 8_192;
/** So many keys fill a trip: with several on their way, the engine reads the keys of some clients while this thread serves others. */
const GATHERED_KEYS_MAX = 32;

/** What is known of one end of a span. */
export interface EdgeRows {
  readonly rows: readonly (readonly [Key, Version])[];
  /** The part of the span in which there may be more; empty when there is none. */
  readonly rest: Span;
}

/** Keys that will be asked of the engine together at the end of this turn. */
interface Gathering {
  readonly keys: Key[];
  readonly versions: Promise<readonly Version[]>;
}

/** The newest durable version of every key: a bounded cache before the engine. As the leader is the only writer, it is right. */
export class CurrentRows {
  readonly #context: ShardContext;
  readonly #unflushed: UnflushedVersions;
  readonly #recent: RecentCommits;
  readonly #cache: LRUCache<Key, Version>;
  readonly #absent = new AbsentSpans(ABSENT_SPANS_MAX);
  /** What this shard has owned and given away, so that the cache may still hold rows of it. */
  #left: Span[] = [];
  /** Whether the engine's last answer was a promise. */
  #engineWaits = false;
  #gathering: Gathering | undefined;

  constructor(context: ShardContext, unflushed: UnflushedVersions, recent: RecentCommits) {
    this.#context = context;
    this.#unflushed = unflushed;
    this.#recent = recent;
    this.#cache = new LRUCache({
      maxSize: Math.max(1, context.settings.cacheBytes),
      maxEntrySize: context.settings.cacheBytes,
      sizeCalculation: (version, key) => ROW_OVERHEAD_BYTES + key.length + (version.value?.length ?? 0),
    });
  }

  /** The version that a commit of the key would supersede now, if that is known without asking the engine. */
  newest(key: Key): Version | undefined {
    const unflushed = this.#unflushed.newest(key);
    if (unflushed === undefined) return this.cached(key);
    return unflushed.value === undefined ? ABSENT : unflushed;
  }

  /** Resolves when a version of the span that may still be given up is settled; undefined when there is none. */
  unflushedIn(span: Span): Promise<void> | undefined {
    if (this.#unflushed.isEmpty) return undefined;
    for (const version of this.#unflushed.inSpan(span, Number.MAX_SAFE_INTEGER))
      if (!version.decided) return version.group.settled;
    return undefined;
  }

  /** The newest durable version, if known without asking the engine. */
  cached(key: Key): Version | undefined {
    return this.#cache.get(key) ?? (this.#absent.has(key) ? ABSENT : undefined);
  }

  /** The newest durable versions from the engine, in the order asked: one trip. They enter the cache. */
  load(keys: readonly Key[]): MaybePromise<Version[]> {
    const mark = this.#recent.position;
    const rowKeys = keys.map(currentRowKey);
    const settled = keys.map((key) => this.#unflushed.newest(key) === undefined);
    return chain(this.#context.engine.get(rowKeys), (rows) => {
      const reaches = this.#recent.reaches(mark);
      return rows.map((row, at) => {
        const version = row === undefined ? ABSENT : decodeStamped(rowKeys[at]!, row);
        const key = keys[at]!;
        if (reaches && settled[at] === true && !this.#recent.keyAddedSince(key, mark)) this.#remember(key, version);
        return version;
      });
    });
  }

  /** The same for one key, in a shared trip. */
  loadOne(key: Key): MaybePromise<Version> {
    return chain(this.loadShared([key]), (versions) => versions[0]!);
  }

  /** The same. Where the engine makes everybody wait anyhow, all that is asked for in one turn is one trip. */
  loadShared(keys: readonly Key[]): MaybePromise<readonly Version[]> {
    if (this.#engineWaits) return this.#loadTogether(keys);
    const versions = this.load(keys);
    this.#engineWaits = isPromise(versions);
    return versions;
  }

  async #loadTogether(keys: readonly Key[]): Promise<readonly Version[]> {
    if (this.#gathering === undefined || this.#gathering.keys.length >= GATHERED_KEYS_MAX) this.#gathering = this.#gather();
    const gathering = this.#gathering;
    const from = gathering.keys.length;
    for (const key of keys) gathering.keys.push(key);
    try {
      return (await gathering.versions).slice(from, from + keys.length);
    } catch {
      // What is wrong with one of the rows is not wrong with the others.
      return await this.load(keys);
    }
  }

  #gather(): Gathering {
    const keys: Key[] = [];
    const versions = Promise.resolve().then(() => {
      if (this.#gathering?.keys === keys) this.#gathering = undefined;
      return this.load(keys);
    });
    return { keys, versions };
  }

  /** The span without what is known to hold no current row at its ends. */
  trim(span: Span): Span {
    return this.#absent.trim(span);
  }

  /**
   * The rows that a scan of the span begins with, as far as it is known that there are none between them: those of a queue's head, which
   * were inserted where nothing was.
   */
  atEdge(span: Span, { limit, maxBytes, reverse }: EngineScanOptions): EdgeRows {
    const rows: [Key, Version][] = [];
    let bytes = 0;
    let rest = this.trim(span);
    while (rows.length < limit && bytes < maxBytes && !spanIsEmpty(rest)) {
      const key = reverse ? keyBefore(rest.end) : rest.start;
      const version = key === undefined ? undefined : this.#cache.get(key);
      if (key === undefined || version?.value === undefined) break;
      rows.push([key, version]);
      bytes += key.length + version.value.length;
      rest = this.trim(reverse ? { start: rest.start, end: key } : { start: keyAfter(key), end: rest.end });
    }
    return { rows, rest };
  }

  /** A mark for {@link foundEmpty}, to be taken before the look at the engine; undefined when the span is being written. */
  markFor(span: Span): number | undefined {
    if (!this.#unflushed.isEmpty && !this.#unflushed.inSpan(span, Number.MAX_SAFE_INTEGER).next().done) return undefined;
    return this.#recent.position;
  }

  /** Learns that the engine held no current row of the span after `mark`, unless something was written there since. */
  foundEmpty(span: Span, mark: number): void {
    if (this.#recent.reaches(mark) && !this.#recent.spanAddedSince(span, mark)) this.#absent.add(span);
  }

  /** A commit is about to write a key that has no value. */
  willInsert(key: Key): void {
    this.#absent.remove(key);
  }

  ownershipChanged({ gained, left }: OwnershipChange): void {
    for (const span of left) this.left(span);
    for (const span of gained) this.gained(span);
  }

  /** The span is another shard's from now on: what is known of it gets old. */
  left(span: Span): void {
    this.#left.push(span);
  }

  /** The span was another shard's until now: what is known of it is from an earlier time, if from any. */
  gained(span: Span): void {
    this.#absent.forget(span);
    if (!this.#left.some((left) => spansOverlap(left, span))) return;
    for (const key of [...this.#cache.keys()]) if (spanHolds(span, key)) this.#cache.delete(key);
    this.#left = this.#left.flatMap((left) => spanWithout(left, [span]));
  }

  /** The versions of a written group become the current ones. */
  settle(group: Group): void {
    this.#unflushed.settle(group);
    // Without an iterator, which makes an array for each entry.
    group.versions.forEach((version, key) => {
      this.#remember(key, version);
      const isDeleted = version.value === undefined && this.#unflushed.newest(key) === undefined;
      if (isDeleted) this.#absent.add({ start: key, end: keyAfter(key) });
    });
  }

  #remember(key: Key, { timestamp, value }: Version): void {
    this.#cache.set(key, value === undefined ? ABSENT : { timestamp, value });
  }
}

/** The key that nothing lies between and this one, if there is one. */
function keyBefore(key: Key | undefined): Key | undefined {
  return key?.endsWith('\0') === true ? key.slice(0, -1) : undefined;
}
