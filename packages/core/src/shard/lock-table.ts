import { invariant } from '../errors/index.js';
import { spanHolds, spansOverlap, type Key, type Span } from '../keys/index.js';
import { BTree } from './btree.js';
import type { PreparedTransaction } from './prepared-transaction.js';

const NONE: readonly never[] = [];

/** What wants to go past the locks. */
export interface Footprint {
  readonly readKeys: readonly Key[];
  readonly readSpans: readonly Span[];
  readonly writeKeys: readonly Key[];
  /** Who read there has to be waited for as if it were written. */
  readonly writeConflicts?: readonly Span[] | undefined;
  /** Of the written keys those that hold a stamp of their own. */
  readonly stampedKeys?: ReadonlySet<Key> | undefined;
  /** Where written keys can come to lie whose stamp is still to be found. */
  readonly stampSpans?: readonly Span[] | undefined;
}

/**
 * The locks of prepared transactions: exclusive on written keys, shared on read keys and spans. Where a key waits for its stamp, all
 * that it can be is locked against everybody but other stamps, which make other keys.
 */
export class LockTable {
  readonly #exclusive = new BTree<Key, PreparedTransaction>();
  readonly #shared = new Map<Key, Set<PreparedTransaction>>();
  readonly #withSpans = new Set<PreparedTransaction>();
  /** Those with keys that wait for their stamps. */
  readonly #withStamps = new Set<PreparedTransaction>();
  /** Those with write conflicts that were added by hand. */
  readonly #withConflicts = new Set<PreparedTransaction>();

  get isEmpty(): boolean {
    const locked = this.#exclusive.size + this.#shared.size + this.#withSpans.size;
    return locked + this.#withStamps.size + this.#withConflicts.size === 0;
  }

  acquire(holder: PreparedTransaction): void {
    for (const key of holder.lockedKeys) {
      invariant(!this.#exclusive.has(key), 'a written key is locked by one prepared transaction at most');
      this.#exclusive.set(key, holder);
    }
    for (const key of holder.row.readKeys) {
      const holders = this.#shared.get(key);
      if (holders === undefined) this.#shared.set(key, new Set([holder]));
      else holders.add(holder);
    }
    if (holder.stampSpans.length > 0) this.#withStamps.add(holder);
    if (holder.row.readSpans.length > 0) this.#withSpans.add(holder);
    if (holder.row.writeConflicts !== undefined) this.#withConflicts.add(holder);
  }

  release(holder: PreparedTransaction): void {
    for (const key of holder.lockedKeys) this.#exclusive.delete(key);
    for (const key of holder.row.readKeys) {
      const holders = this.#shared.get(key);
      holders?.delete(holder);
      if (holders?.size === 0) this.#shared.delete(key);
    }
    this.#withStamps.delete(holder);
    this.#withSpans.delete(holder);
    this.#withConflicts.delete(holder);
    holder.notify();
  }

  /** The transaction that writes the key, if one is prepared; of several that may, the one that has promised least. */
  writer(key: Key): PreparedTransaction | undefined {
    const writer = this.#exclusive.size === 0 ? undefined : this.#exclusive.get(key);
    return writer === undefined && this.#withStamps.size > 0 ? this.#stampWriter(key) : writer;
  }

  #stampWriter(key: Key): PreparedTransaction | undefined {
    let least: PreparedTransaction | undefined;
    for (const holder of this.#withStamps) {
      if (least !== undefined && holder.row.minTimestamp >= least.row.minTimestamp) continue;
      if (holder.stampSpans.some((span) => spanHolds(span, key))) least = holder;
    }
    return least;
  }

  /** The prepared writers of keys in a span, key by key; those who may write there, too. */
  writersIn(span: Span): PreparedTransaction[] {
    const writers: PreparedTransaction[] = [];
    this.#eachWriterIn(span, (writer) => {
      writers.push(writer);
      return undefined;
    });
    return writers;
  }

  /** A lock that conflicts with the footprint: its holder. */
  conflict(footprint: Footprint): PreparedTransaction | undefined {
    if (this.isEmpty) return undefined;
    for (const key of footprint.writeKeys) {
      const holder = this.#exclusive.get(key) ?? this.#reader(key);
      if (holder !== undefined) return holder;
    }
    const unseen = this.#readerInAny(footprint.writeConflicts) ?? this.#stampConflict(footprint);
    if (unseen !== undefined) return unseen;
    if (this.#withConflicts.size > 0) {
      const holder = this.#conflictWith(footprint);
      if (holder !== undefined) return holder;
    }
    if (this.#exclusive.size + this.#withStamps.size === 0) return undefined;
    for (const key of footprint.readKeys) {
      const holder = this.writer(key);
      if (holder !== undefined) return holder;
    }
    for (const span of footprint.readSpans) {
      const holder = this.#eachWriterIn(span, (writer) => writer);
      if (holder !== undefined) return holder;
    }
    return undefined;
  }

  #readerInAny(spans: readonly Span[] = NONE): PreparedTransaction | undefined {
    for (const span of spans) {
      const holder = this.#readerIn(span);
      if (holder !== undefined) return holder;
    }
    return undefined;
  }

  /** Stamps meet whoever reads or writes where their keys may come to lie, except each other. */
  #stampConflict({ stampedKeys, stampSpans = NONE, writeKeys }: Footprint): PreparedTransaction | undefined {
    for (const span of stampSpans) {
      const holder = this.#eachKnownWriterIn(span, (writer) => writer);
      if (holder !== undefined) return holder;
    }
    const reader = this.#readerInAny(stampSpans);
    if (reader !== undefined || this.#withStamps.size === 0) return reader;
    for (const key of writeKeys) {
      const holder = stampedKeys?.has(key) === true ? undefined : this.#stampWriter(key);
      if (holder !== undefined) return holder;
    }
    return undefined;
  }

  /** A key over which the footprint meets the holder's locks. */
  conflictingKey(footprint: Footprint, holder: PreparedTransaction): Key | undefined {
    const { lockedKeys, row, readSpans, stampSpans } = holder;
    const written = (key: Key): boolean => lockedKeys.includes(key) || stampSpans.some((span) => spanHolds(span, key));
    const held = (key: Key): boolean => written(key) || row.readKeys.includes(key) || readSpans.has(key);
    return (
      footprint.writeKeys.find(held) ??
      footprint.readKeys.find(written) ??
      lockedKeys.find((key) => footprint.readSpans.some((span) => spanHolds(span, key)))
    );
  }

  /** A prepared transaction that holds any lock in the span. */
  holderIn(span: Span): PreparedTransaction | undefined {
    const writer = this.#eachWriterIn(span, (holder) => holder);
    if (writer !== undefined) return writer;
    for (const holder of this.#withConflicts) if (overlapsAny(holder.row.writeConflicts, span)) return holder;
    return this.#readerIn(span);
  }

  #readerIn(span: Span): PreparedTransaction | undefined {
    for (const [key, readers] of this.#shared) if (spanHolds(span, key)) for (const reader of readers) return reader;
    for (const holder of this.#withSpans) if (overlapsAny(holder.row.readSpans, span)) return holder;
    return undefined;
  }

  /** One that says that it writes what the footprint reads. */
  #conflictWith({ readKeys, readSpans }: Footprint): PreparedTransaction | undefined {
    for (const holder of this.#withConflicts) {
      const conflicts = holder.row.writeConflicts ?? [];
      if (readKeys.some((key) => conflicts.some((span) => spanHolds(span, key)))) return holder;
      if (readSpans.some((read) => overlapsAny(conflicts, read))) return holder;
    }
    return undefined;
  }

  #reader(key: Key): PreparedTransaction | undefined {
    const readers = this.#shared.get(key);
    if (readers !== undefined) for (const reader of readers) return reader;
    for (const holder of this.#withSpans) if (holder.readSpans.has(key)) return holder;
    return undefined;
  }

  #eachWriterIn(
    span: Span,
    visit: (writer: PreparedTransaction) => PreparedTransaction | undefined,
  ): PreparedTransaction | undefined {
    for (const holder of this.#withStamps) {
      const found = overlapsAny(holder.stampSpans, span) ? visit(holder) : undefined;
      if (found !== undefined) return found;
    }
    return this.#eachKnownWriterIn(span, visit);
  }

  #eachKnownWriterIn(
    span: Span,
    visit: (writer: PreparedTransaction) => PreparedTransaction | undefined,
  ): PreparedTransaction | undefined {
    if (this.#exclusive.size === 0) return undefined;
    for (const [key, writer] of this.#exclusive.entries(span.start)) {
      if (span.end !== undefined && key >= span.end) return undefined;
      const found = visit(writer);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function overlapsAny(spans: readonly Span[] | undefined, span: Span): boolean {
  return spans?.some((one) => spansOverlap(one, span)) === true;
}
