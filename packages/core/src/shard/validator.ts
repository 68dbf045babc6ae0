import type { Timestamp } from '../clock/index.js';
import { invariant, PandaError } from '../errors/index.js';
import { keyAfter, keyHex, prefixEnd, type Key, type Span } from '../keys/index.js';
import { currentRowRange } from '../rows/index.js';
import type { Attempt } from './attempt.js';
import { checkBatchSize } from './batch-size.js';
import type { CurrentRows } from './current-rows.js';
import { evaluateOperations } from './evaluate-operations.js';
import { holds, type Precondition } from './precondition.js';
import type { RangeReads } from './range-reads.js';
import type { RecentCommits } from './recent-commits.js';
import type { ShardContext } from './shard-context.js';
import type { Version } from './version.js';
import { VERSIONSTAMP_BYTES } from './versionstamp.js';
import type { FoundConflict, WriteConflicts } from './write-conflicts.js';

/** So many rows are looked up at once: what is too large for a batch is not to fill the memory before that is noticed. */
const LOOKED_UP_MAX = 256;
/** Not frozen, here as elsewhere in the way of a commit: to walk a frozen array, V8 makes an iterator and an object for each step. */
const NONE: readonly never[] = [];

/** A span that is checked on the rows, as recent commits do not reach back to `since`. */
interface OldSpan {
  readonly span: Span;
  readonly since: Timestamp;
  /** Missing for a span that was read. */
  readonly precondition?: Precondition;
}

/**
 * Decides whether what a transaction saw still stands: each read key has the version seen, nothing was committed in a span
 * since it was read, each precondition holds. Judged by recent commits; what is older than those, by the rows.
 */
export class Validator {
  readonly #context: ShardContext;
  readonly #rows: CurrentRows;
  readonly #recent: RecentCommits;
  readonly #ranges: RangeReads;
  readonly #conflicts: WriteConflicts;

  constructor(context: ShardContext, rows: CurrentRows, recent: RecentCommits, ranges: RangeReads, conflicts: WriteConflicts) {
    this.#context = context;
    this.#rows = rows;
    this.#recent = recent;
    this.#ranges = ranges;
    this.#conflicts = conflicts;
  }

  /**
   * Looks up what {@link check} will need: resolves when it is worth looking again, undefined when all is there. One trip for
   * all keys.
   */
  lookUp(attempt: Attempt): Promise<void> | undefined {
    return this.#lookUpRows(attempt) ?? this.#undurable(attempt) ?? this.#evaluate(attempt);
  }

  /**
   * Every look makes other keys of the stamps. So it is looked up once that there is none from here on, which stays known: commits only
   * make keys that are behind.
   */
  #lookUpStamped(attempt: Attempt): Promise<void> | undefined {
    for (const { at, part, offset } of attempt.request.stamps ?? NONE) {
      const key = attempt.writeKeys[at]!;
      const newest = this.#rows.newest(key);
      if (part === 'value' || (newest !== undefined && newest.value === undefined)) continue;
      const span = { start: key.slice(0, offset + VERSIONSTAMP_BYTES), end: prefixEnd(key.slice(0, offset)) };
      return this.#rows.unflushedIn(span) ?? this.#findEmpty(span);
    }
    return undefined;
  }

  /** Up to a key with a later stamp, if somebody has made one up. */
  async #findEmpty(span: Span): Promise<void> {
    const mark = this.#rows.markFor(span);
    const { entries } = await this.#context.engine.scan(currentRowRange(span), { limit: 1, maxBytes: 1 });
    const [first] = entries;
    const end = first === undefined ? span.end : Buffer.from(first[0]).toString('latin1').slice(1);
    if (mark !== undefined && end !== span.start) this.#rows.foundEmpty({ start: span.start, end }, mark);
  }

  #lookUpRows(attempt: Attempt): Promise<void> | undefined {
    if (attempt.request.stamps !== undefined) {
      const obstacle = this.#lookUpStamped(attempt);
      if (obstacle !== undefined) return obstacle;
    }
    const unknown = this.#unknownKeys(attempt);
    if (unknown.length > 0) return this.#load(attempt, unknown);
    const spans = this.#oldSpans(attempt);
    if (spans.length === 0) return undefined;
    if (attempt.spansCheckedAt !== undefined && this.#recent.reaches(attempt.spansCheckedAt)) return undefined;
    return this.#checkOnRows(attempt, spans);
  }

  /** The same for the written keys alone: all that a prepared transaction needs, as its locks keep the rest. */
  lookUpWrites(attempt: Attempt): Promise<void> | undefined {
    const unknown = this.#unknownWrites(attempt);
    return unknown === undefined ? undefined : this.#load(attempt, unknown);
  }

  /** Throws `Conflict` or `PreconditionFailed`, naming the key. */
  check(attempt: Attempt): void {
    const { request } = attempt;
    const { readTimestamp } = request;
    const recent = readTimestamp >= this.#recent.floor;
    for (let at = 0; at < request.readKeys.length; at++) {
      const key = request.readKeys[at]!;
      const changed = recent
        ? this.#recent.lastCommit(key) > readTimestamp
        : this.version(attempt, key).timestamp !== request.readVersions[at];
      if (changed) throw this.#conflict(key);
    }
    for (const span of request.readSpans) {
      const key = this.#changedKey(attempt, span, readTimestamp);
      if (key !== undefined) throw this.#conflict(key);
    }
    const conflict = this.#conflicts.find(request);
    if (conflict !== undefined) throw this.#added(conflict);
    this.#checkPreconditions(attempt);
    if (attempt.refusal !== undefined) throw attempt.refusal;
  }

  /** Turns operations into what they make of the newest versions. */
  #evaluate(attempt: Attempt): Promise<void> | undefined {
    if (attempt.request.writeOperations === undefined) return undefined;
    attempt.refusal = evaluateOperations(attempt);
    // A refusal is final, so it is not judged by versions that may still be given up.
    return attempt.refusal === undefined ? undefined : this.#undurableOf(attempt.writeKeys);
  }

  #undurableOf(keys: readonly Key[]): Promise<void> | undefined {
    for (const key of keys) {
      const settled = this.#rows.unflushedIn({ start: key, end: keyAfter(key) });
      if (settled !== undefined) return settled;
    }
    return undefined;
  }

  /** A failed precondition is final, so it is not judged by versions that may still be given up. */
  #undurable({ request }: Attempt): Promise<void> | undefined {
    for (const precondition of request.preconditions) {
      const span =
        precondition.type === 'unchanged' ? precondition.span : { start: precondition.key, end: keyAfter(precondition.key) };
      const settled = this.#rows.unflushedIn(span);
      if (settled !== undefined) return settled;
    }
    return undefined;
  }

  /** What a commit of the attempt supersedes: the newest version of each key that it writes. In the turn of the look-up. */
  superseded(attempt: Attempt): readonly Version[] {
    const { newest } = attempt;
    invariant(newest !== undefined, 'the rows that a commit needs were looked up', { shard: this.#context.id });
    return newest;
  }

  /** The newest version of a key that was looked up. */
  version(attempt: Attempt, key: Key): Version {
    const version = this.#known(attempt, key);
    invariant(version !== undefined, 'the rows that a commit needs were loaded', () => ({
      key: keyHex(key),
      shard: this.#context.id,
    }));
    return version;
  }

  #known(attempt: Attempt, key: Key): Version | undefined {
    const newest = this.#rows.newest(key);
    if (newest !== undefined) return newest;
    const loaded = attempt.loaded?.get(key);
    if (loaded === undefined || !this.#recent.reaches(loaded.mark)) return undefined;
    return this.#recent.keyAddedSince(key, loaded.mark) ? undefined : loaded.version;
  }

  #unknownKeys(attempt: Attempt): readonly Key[] {
    const { readTimestamp, readKeys, preconditions } = attempt.request;
    const unknown = this.#unknownWrites(attempt);
    if (preconditions.length === 0 && readTimestamp >= this.#recent.floor) return unknown ?? NONE;
    const keys = readTimestamp < this.#recent.floor ? [...readKeys] : [];
    for (const precondition of preconditions) if (precondition.type !== 'unchanged') keys.push(precondition.key);
    return [...(unknown ?? NONE), ...keys.filter((key) => this.#known(attempt, key) === undefined)];
  }

  /** Looks up the newest versions of the written keys; answers the keys that must be asked of the engine first. */
  #unknownWrites(attempt: Attempt): Key[] | undefined {
    const { writeKeys } = attempt;
    const newest = new Array<Version>(writeKeys.length);
    let unknown: Key[] | undefined;
    for (let at = 0; at < writeKeys.length; at++) {
      const key = writeKeys[at]!;
      const version = this.#known(attempt, key);
      if (version === undefined) (unknown ??= []).push(key);
      else newest[at] = version;
    }
    attempt.newest = unknown === undefined ? newest : undefined;
    return unknown;
  }

  async #load(attempt: Attempt, keys: readonly Key[]): Promise<void> {
    attempt.loaded ??= new Map();
    let bytes = 0;
    for (let from = 0; from < keys.length; from += LOOKED_UP_MAX) {
      const some = keys.slice(from, from + LOOKED_UP_MAX);
      const mark = this.#recent.position;
      const versions = await this.#rows.loadShared(some);
      for (const [at, key] of some.entries()) attempt.loaded.set(key, { version: versions[at]!, mark });
      if (keys.length <= LOOKED_UP_MAX) return;
      bytes += this.#supersededBytes(attempt, some);
      checkBatchSize(this.#context, bytes);
    }
  }

  #supersededBytes({ writeKeys, loaded }: Attempt, keys: readonly Key[]): number {
    const written = new Set(writeKeys);
    return keys.reduce((sum, key) => sum + (written.has(key) ? (loaded?.get(key)?.version.value?.length ?? 0) : 0), 0);
  }

  #oldSpans({ request }: Attempt): readonly OldSpan[] {
    const floor = this.#recent.floor;
    if (request.readSpans.length === 0 && request.preconditions.length === 0) return NONE;
    const spans: OldSpan[] = [];
    if (request.readTimestamp < floor) for (const span of request.readSpans) spans.push({ span, since: request.readTimestamp });
    for (const p of request.preconditions)
      if (p.type === 'unchanged' && p.since < floor) spans.push({ span: p.span, since: p.since, precondition: p });
    return spans;
  }

  async #checkOnRows(attempt: Attempt, spans: readonly OldSpan[]): Promise<void> {
    const mark = this.#recent.position;
    for (const { span, since, precondition } of spans) {
      if (!(await this.#ranges.changedOnRows(span, since))) continue;
      throw precondition === undefined ? this.#conflict(span.start) : this.#failed(precondition, span.start);
    }
    attempt.spansCheckedAt = mark;
  }

  #changedKey(attempt: Attempt, span: Span, since: Timestamp): Key | undefined {
    if (since >= this.#recent.floor) return this.#recent.changedSince(span, since);
    const mark = attempt.spansCheckedAt;
    invariant(mark !== undefined && this.#recent.reaches(mark), 'an old span was checked on the rows');
    return this.#recent.spanAddedSince(span, mark) ? span.start : undefined;
  }

  #checkPreconditions(attempt: Attempt): void {
    for (const precondition of attempt.request.preconditions) {
      if (precondition.type === 'unchanged') {
        const key = this.#changedKey(attempt, precondition.span, precondition.since);
        if (key !== undefined) throw this.#failed(precondition, key);
      } else if (!holds(precondition, this.version(attempt, precondition.key))) {
        throw this.#failed(precondition, precondition.key);
      }
    }
  }

  #conflict(key: Key): PandaError {
    return new PandaError('Conflict', 'Another transaction has changed what this one read', {
      key: keyHex(key),
      shard: this.#context.id,
      transactionId: this.#recent.lastWriter(key),
    });
  }

  #added({ key, transactionId }: FoundConflict): PandaError {
    return new PandaError('Conflict', 'Another transaction has added a write conflict with what this one read', {
      ...(key === undefined ? {} : { key }),
      shard: this.#context.id,
      transactionId,
    });
  }

  #failed({ type, index }: Precondition, key: Key): PandaError {
    return new PandaError('PreconditionFailed', `The precondition '${type}' at index ${index} does not hold`, {
      key: keyHex(key),
      shard: this.#context.id,
      precondition: index,
    });
  }
}
