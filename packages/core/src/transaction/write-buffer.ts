import type { Entry } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import { INT64_BYTES, keyBytes, LIMITS, spanHolds, spanIsEmpty, type Key, type Span } from '../keys/index.js';
import { applyOperations, type AtomicOperation, type Stamp } from '../shard/index.js';
import type { CommitWork } from './commit-plan.js';
import type { Page } from './reader.js';

/** Bytes that a mutation or a read span counts beside its keys and value. */
const OVERHEAD_BYTES = 16;

/** Never added to: most transactions have none. */
const NO_OPERATIONS = new Map<Key, readonly AtomicOperation[]>();

/** What a transaction has written so far: seen by its own reads, sent at commit. */
export class WriteBuffer {
  readonly #writes = new Map<Key, Uint8Array | null>();
  /** What is done to keys that are neither written nor deleted otherwise. */
  #operations = NO_OPERATIONS;
  #deletedSpans: Span[] = [];
  #conflicts: Span[] | undefined;
  /** By key: where the stamp of the commit goes. */
  #stamps: Map<Key, Omit<Stamp, 'at'>> | undefined;
  /** Written keys in order; made when a scan first needs it. */
  #sorted: Key[] | undefined;
  #bytes = 0;

  /** By key: the new value, or null for a delete. */
  get writes(): ReadonlyMap<Key, Uint8Array | null> {
    return this.#writes;
  }

  /** By key: what is done to its value; no key of {@link writes} is among them. */
  get operations(): ReadonlyMap<Key, readonly AtomicOperation[]> {
    return this.#operations;
  }

  get isEmpty(): boolean {
    return this.#writes.size === 0 && this.#operations.size === 0 && this.#conflicts === undefined;
  }

  toCommit(): Pick<CommitWork, 'writeKeys' | 'writeValues' | 'writeOperations' | 'writeConflicts' | 'stamps'> {
    this.#dropDeletedStamps();
    const writeKeys = [...this.#writes.keys()];
    const writeValues = [...this.#writes.values()];
    const writeConflicts = this.#conflicts;
    const stamps = this.#stampsOf(writeKeys);
    if (this.#operations.size === 0) return { writeKeys, writeValues, writeOperations: undefined, writeConflicts, stamps };
    const writeOperations: (readonly AtomicOperation[] | null)[] = writeKeys.map(() => null);
    for (const [key, operations] of this.#operations) {
      writeKeys.push(key);
      writeValues.push(null);
      writeOperations.push(operations);
    }
    return { writeKeys, writeValues, writeOperations, writeConflicts, stamps };
  }

  #stampsOf(writeKeys: readonly Key[]): Stamp[] | undefined {
    const stamps = this.#stamps;
    if (stamps === undefined) return undefined;
    const found = writeKeys.flatMap((key, at): Stamp[] => {
      const stamp = stamps.get(key);
      return stamp === undefined ? [] : [{ ...stamp, at }];
    });
    return found.length === 0 ? undefined : found;
  }

  /** What a deleted range covers: a key that nobody knows needs no delete. */
  #dropDeletedStamps(): void {
    for (const [key, { part }] of this.#stamps ?? []) {
      if (this.#writes.get(key) !== null) continue;
      this.#stamps?.delete(key);
      if (part === 'key') this.#writes.delete(key);
    }
  }

  /** The same as {@link set}, with a place in the key or the value for the stamp of the commit. */
  setStamped(key: Key, value: Uint8Array, stamp: Omit<Stamp, 'at'>): void {
    this.set(key, value);
    this.#stamps ??= new Map();
    this.#stamps.set(key, stamp);
  }

  get deletedSpans(): readonly Span[] {
    return this.#deletedSpans;
  }

  set(key: Key, value: Uint8Array | null): void {
    const old = this.#writes.get(key);
    if (old === undefined) this.#sorted = undefined;
    this.count(
      old === undefined ? key.length + (value?.length ?? 0) + OVERHEAD_BYTES : (value?.length ?? 0) - (old?.length ?? 0),
    );
    this.#writes.set(key, value);
    if (this.#operations.size > 0) this.#operations.delete(key);
    this.#stamps?.delete(key);
  }

  /** On what the transaction itself wrote it is done at once. */
  change(key: Key, operation: AtomicOperation): void {
    const mine = this.get(key);
    if (mine !== undefined) {
      this.set(key, applyOperations(key, [operation], mine ?? undefined) ?? null);
      return;
    }
    this.count(key.length + operandBytes(operation) + OVERHEAD_BYTES);
    if (this.#operations === NO_OPERATIONS) this.#operations = new Map();
    const before = this.#operations.get(key);
    if (before === undefined) this.#sorted = undefined;
    this.#operations.set(key, before === undefined ? [operation] : [...before, operation]);
  }

  /** A value that was read, with what the transaction does to it. */
  onto(key: Key, value: Uint8Array | undefined): Uint8Array | undefined {
    const operations = this.#operations.size === 0 ? undefined : this.#operations.get(key);
    return operations === undefined ? value : applyOperations(key, operations, value);
  }

  deleteSpan(span: Span): void {
    if (spanIsEmpty(span)) return;
    this.count(span.start.length + (span.end?.length ?? 0) + OVERHEAD_BYTES);
    // Still written, not taken back: under snapshot isolation somebody else may write such a key meanwhile.
    for (const key of this.#writes.keys()) if (spanHolds(span, key)) this.#writes.set(key, null);
    for (const key of this.#operations.keys()) {
      if (!spanHolds(span, key)) continue;
      this.#operations.delete(key);
      this.#writes.set(key, null);
    }
    this.#deletedSpans.push(span);
  }

  /** Says that a span is written where nothing is. */
  addConflict(span: Span): void {
    this.#conflicts ??= [];
    if (this.#conflicts.length >= LIMITS.readRangesMax) {
      throw new PandaError('TransactionTooLarge', `A transaction may add ${LIMITS.readRangesMax} write conflicts`);
    }
    this.countSpan(span);
    this.#conflicts.push(span);
  }

  /** Counts bytes towards the limit of the transaction; read spans count too. */
  count(bytes: number): void {
    if (this.#bytes + bytes > LIMITS.transactionBytesMax) {
      throw new PandaError(
        'TransactionTooLarge',
        `Mutations and read spans of a transaction may sum to ${LIMITS.transactionBytesMax} bytes`,
      );
    }
    this.#bytes += bytes;
  }

  countSpan(span: Span): void {
    this.count(span.start.length + (span.end?.length ?? 0) + OVERHEAD_BYTES);
  }

  /** What the transaction itself wrote to a key: a value, null when it deleted it, undefined when it did neither. */
  get(key: Key): Uint8Array | null | undefined {
    const written = this.#writes.get(key);
    if (written !== undefined) return written;
    return this.#deletes(key) ? null : undefined;
  }

  /** A page as the transaction sees it. */
  overlay(page: Page, reverse: boolean): readonly Entry[] {
    const mine = this.#inSpan(page.covered);
    if (mine.length === 0 && this.#deletedSpans.length === 0) return page.entries;
    const entries: Entry[] = [];
    const left = reverse ? mine.reverse() : mine;
    let next = 0;
    const addMine = (theirs?: Uint8Array) => {
      const key = left[next++]!;
      const value = this.#operations.has(key) ? this.onto(key, theirs) : this.#writes.get(key);
      if (value !== null && value !== undefined) entries.push([keyBytes(key), Buffer.from(value)]);
    };
    for (const entry of page.entries) {
      const key = Buffer.from(entry[0]).toString('latin1');
      while (next < left.length && (reverse ? left[next]! > key : left[next]! < key)) addMine();
      if (left[next] === key) addMine(entry[1]);
      else if (!this.#deletes(key)) entries.push(entry);
    }
    while (next < left.length) addMine();
    return entries;
  }

  #deletes(key: Key): boolean {
    return this.#deletedSpans.some((span) => spanHolds(span, key));
  }

  #inSpan(span: Span): Key[] {
    if (this.isEmpty) return [];
    this.#sorted ??= [...this.#writes.keys(), ...this.#operations.keys()].sort();
    const first = lowerBound(this.#sorted, span.start);
    const end = span.end === undefined ? this.#sorted.length : lowerBound(this.#sorted, span.end);
    return this.#sorted.slice(first, end);
  }
}

function operandBytes(operation: AtomicOperation): number {
  switch (operation.type) {
    case 'and':
    case 'or':
    case 'xor':
      return operation.operand.length;
    case 'append':
      return operation.suffix.length;
    case 'compareAndDelete':
      return operation.expected.length;
    case 'setIfAbsent':
      return operation.value.length;
    default:
      return INT64_BYTES;
  }
}

function lowerBound(sorted: readonly Key[], key: Key): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
