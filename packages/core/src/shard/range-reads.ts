import type { Timestamp } from '../clock/index.js';
import { chain, type EngineScanPage, type Entry, type MaybePromise } from '../engine/index.js';
import { keyAfter, keyBytes, spanHolds, spanIsEmpty, type Key, type Span } from '../keys/index.js';
import { currentRowRange, currentRowSpan, decodeStamped } from '../rows/index.js';
import type { CurrentRows, EdgeRows } from './current-rows.js';
import { latestSuperseded, scanHistory } from './history.js';
import { PageDecoder } from './page-decoder.js';
import type { RecentCommits } from './recent-commits.js';
import { SCAN_BYTES_MAX, SCAN_ROWS_MAX } from './scan-limits.js';
import type { ShardContext } from './shard-context.js';
import type { ScanRequest, ScanResult } from './shard.js';
import type { Thresholds } from './thresholds.js';
import type { Version } from './version.js';
import type { Visibility } from './visibility.js';

/** Of a scan for so many rows at most, memory is asked first. */
const KNOWN_ROWS_MAX = 64;

interface CurrentPage {
  /** Rows at or before the timestamp, with their user keys. */
  readonly entries: Entry[];
  /** The part of the span that the page answers for. */
  readonly covered: Span;
}

/**
 * Reads of spans, a page at a time. Trips to the engine: one, or two where something in the page was committed after the
 * timestamp, so that history is needed; none where the span is known to be empty, or to begin with rows that are in memory.
 */
export class RangeReads {
  readonly #context: ShardContext;
  readonly #rows: CurrentRows;
  readonly #recent: RecentCommits;
  readonly #visibility: Visibility;
  readonly #thresholds: Thresholds;

  constructor(context: ShardContext, rows: CurrentRows, recent: RecentCommits, visibility: Visibility, thresholds: Thresholds) {
    this.#thresholds = thresholds;
    this.#context = context;
    this.#rows = rows;
    this.#recent = recent;
    this.#visibility = visibility;
  }

  /** One page of the versions at the request's timestamp, which the lease has admitted. */
  scan(request: ScanRequest): MaybePromise<ScanResult> {
    const { span, timestamp } = request;
    const obstacle = this.#visibility.obstacleIn(span, timestamp);
    if (obstacle !== undefined) return obstacle.then(() => this.scan(request));
    const decided = this.#visibility.decidedIn(span, timestamp);
    return chain(this.#currentPage(request), (page) => {
      const changed = timestamp < this.#recent.floor || this.#recent.changedSince(page.covered, timestamp) !== undefined;
      if (changed) return this.#withHistory(request, page, decided);
      if (decided.size === 0) return { entries: page.entries, rest: restOf(span, page.covered, request.reverse) };
      return assemble(request, page.covered, page.entries, [], decided);
    });
  }

  /**
   * The timestamp of the last commit in the span. Reads all its rows, unless the last commit was lately. Of commits up to the threshold
   * of what is kept, those that deleted are not told from others: then it is the threshold.
   */
  async latestTimestamp(span: Span): Promise<Timestamp> {
    for (;;) {
      const obstacle = this.#visibility.obstacleIn(span, this.#context.clock.last);
      if (obstacle === undefined) break;
      await obstacle;
    }
    let latest = this.#recent.latestIn(span);
    for (const version of this.#visibility.decidedIn(span, this.#context.clock.last).values()) {
      latest = Math.max(latest, version.timestamp);
    }
    if (latest > this.#recent.floor) return latest;
    latest = Math.max(latest, await this.#latestOnRows(span));
    const isCurrent = latest > 0 && isOneKey(span) && (await this.#hasRow(span));
    return isCurrent ? latest : Math.max(latest, this.#thresholds.latestIn(span));
  }

  /** Whether a key has a value now. Then its row tells when it was last written, however long ago that was. */
  async #hasRow(span: Span): Promise<boolean> {
    for await (const _ of this.#timestampsOf(span)) return true;
    return false;
  }

  async #latestOnRows(span: Span): Promise<Timestamp> {
    let latest = 0;
    for await (const timestamp of this.#timestampsOf(span)) latest = Math.max(latest, timestamp);
    return Math.max(latest, await latestSuperseded(this.#context.engine, span));
  }

  /** Whether anything in the span was committed after `since`, by its rows. For timestamps below the floor of recent commits. */
  async changedOnRows(span: Span, since: Timestamp): Promise<boolean> {
    for (const version of this.#visibility.decidedIn(span, Number.MAX_SAFE_INTEGER).values()) {
      if (version.timestamp > since) return true;
    }
    let rows = 0;
    for await (const timestamp of this.#timestampsOf(span)) {
      if (timestamp > since) return true;
      rows++;
    }
    if ((await latestSuperseded(this.#context.engine, span)) > since) return true;
    // What was deleted may have been collected since.
    if (rows === 0 || !isOneKey(span)) this.#thresholds.checkSpan(since, span);
    return false;
  }

  async *#timestampsOf(span: Span): AsyncGenerator<Timestamp> {
    let range: EngineScanPage['rest'] = currentRowRange(span);
    while (range !== undefined) {
      const page: EngineScanPage = await this.#context.engine.scan(range, { limit: SCAN_ROWS_MAX, maxBytes: SCAN_BYTES_MAX });
      for (const [key, row] of page.entries) yield decodeStamped(key, row).timestamp;
      range = page.rest;
    }
  }

  #currentPage(request: ScanRequest): MaybePromise<CurrentPage> {
    const { span, limit } = request;
    const known = limit <= KNOWN_ROWS_MAX ? this.#rows.atEdge(span, request) : { rows: [], rest: this.#rows.trim(span) };
    if (known.rows.length > 0 || spanIsEmpty(known.rest)) return knownPage(request, known);
    return this.#pageFromEngine(request, known.rest);
  }

  #pageFromEngine({ span, timestamp, limit, maxBytes, reverse }: ScanRequest, trimmed: Span): MaybePromise<CurrentPage> {
    const mark = this.#rows.markFor(trimmed);
    const decoder = new PageDecoder(timestamp);
    const options = { limit, maxBytes, reverse, onEntries: decoder.onEntries };
    return chain(this.#context.engine.scan(currentRowRange(trimmed), options), (page) => {
      if (mark !== undefined) this.#learnEmpty(trimmed, page, reverse, mark);
      return { entries: decoder.finish(page.entries), covered: coveredBy(span, page, reverse) };
    });
  }

  /** What the page shows to be empty at the end where the next scan of the span would begin: a queue's consumed head. */
  #learnEmpty(span: Span, page: EngineScanPage, reverse: boolean, mark: number): void {
    const first = page.entries[0];
    if (first === undefined) {
      if (page.rest === undefined) this.#rows.foundEmpty(span, mark);
      return;
    }
    const key = latin1(first[0]).slice(1);
    const gap = reverse ? { start: key + '\0', end: span.end } : { start: span.start, end: key };
    if (!spanIsEmpty(gap)) this.#rows.foundEmpty(gap, mark);
  }

  async #withHistory(request: ScanRequest, page: CurrentPage, decided: Map<Key, Version>): Promise<ScanResult> {
    const { engine } = this.#context;
    const { versions, covered } = await scanHistory(engine, page.covered, request.timestamp, request.limit, request.reverse);
    return assemble(request, covered, page.entries, versions, decided);
  }
}

function knownPage({ span, timestamp, reverse }: ScanRequest, { rows, rest }: EdgeRows): CurrentPage {
  const entries: Entry[] = [];
  // Copies: the caller owns what it gets, and these are still to be read by others.
  for (const [key, { timestamp: written, value }] of rows) {
    if (written <= timestamp) entries.push([keyBytes(key), Buffer.from(value!)]);
  }
  if (spanIsEmpty(rest)) return { entries, covered: span };
  return { entries, covered: reverse ? { start: rest.end!, end: span.end } : { start: span.start, end: rest.start } };
}

function isOneKey({ start, end }: Span): boolean {
  return end === keyAfter(start);
}

/** Joins what the current rows, history and decided transactions say of a piece of the span; the last has the last word. */
function assemble(
  request: ScanRequest,
  covered: Span,
  current: readonly Entry[],
  history: readonly (Version & { readonly key: Key })[],
  decided: Map<Key, Version>,
): ScanResult {
  const values = new Map<Key, Uint8Array | undefined>();
  for (const { key, value } of history) values.set(key, value);
  for (const [key, value] of current) values.set(latin1(key), value);
  // Copies: the caller owns what it gets, and these are still to be written.
  for (const [key, { value }] of decided) values.set(key, value && Buffer.from(value));
  const keys = [...values.keys()].filter((key) => spanHolds(covered, key)).sort();
  if (request.reverse) keys.reverse();
  const entries: Entry[] = [];
  for (const key of keys) {
    const value = values.get(key);
    if (value !== undefined) entries.push([keyBytes(key), value]);
  }
  return { entries, rest: restOf(request.span, covered, request.reverse) };
}

function coveredBy(span: Span, page: EngineScanPage, reverse: boolean): Span {
  if (page.rest === undefined) return span;
  const rest = currentRowSpan(page.rest);
  return reverse ? { start: rest.end!, end: span.end } : { start: span.start, end: rest.start };
}

function restOf(span: Span, covered: Span, reverse: boolean): Span | undefined {
  const rest = reverse ? { start: span.start, end: covered.start } : { start: covered.end ?? '', end: span.end };
  if (!reverse && covered.end === undefined) return undefined;
  return spanIsEmpty(rest) ? undefined : rest;
}

function latin1(bytes: Uint8Array): Key {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
