import type { Timestamp } from '../clock/index.js';
import { SpanSet, type Key, type Span } from '../keys/index.js';
import type { PreparedRow, Stamp } from '../rows/index.js';
import { deferred, type Deferred } from './deferred.js';
import { stampSpan, versionstampOf, withStamps } from './versionstamp.js';

const NONE: readonly never[] = [];

/** A transaction that is prepared on this shard, with the locks that it holds until it is decided and applied. */
export class PreparedTransaction {
  /** How many rows the prepared row takes. */
  readonly parts: number;
  readonly readSpans: SpanSet;
  /** Wall clock, for patience. */
  readonly preparedAtMs: number;
  /** Set once it is known to be committed. */
  committedAt: Timestamp | undefined;
  /** With it, of one that writes stamps. */
  stampedBy: string | undefined;
  /** Resolves when the prepared row is durable; rejects when it could not be made so. */
  readonly durable: Deferred<void> = deferred<void>();
  /** Its outcome has joined a group. */
  applying: Promise<void> | undefined;
  /** Keys that nobody else may write: those that are known. */
  lockedKeys: readonly Key[];
  /** Where keys can come to lie that will hold the stamp of the commit. */
  stampSpans: readonly Span[];
  #row: PreparedRow;
  #writes: Map<Key, Uint8Array | null> | undefined;
  #changed: Deferred<void> | undefined;

  constructor(row: PreparedRow, parts: number, preparedAtMs: number) {
    this.#row = row;
    this.lockedKeys = row.writeKeys;
    this.stampSpans = NONE;
    if (row.stamps !== undefined) this.#spreadStamps(row, row.stamps);
    this.parts = parts;
    this.readSpans = new SpanSet(row.readSpans);
    this.preparedAtMs = preparedAtMs;
    this.durable.promise.catch(() => undefined);
  }

  get row(): PreparedRow {
    return this.#row;
  }

  get transaction(): string {
    return this.row.transaction;
  }

  /** What it writes to a key: a value, null for a delete, undefined for nothing. */
  writeOf(key: Key): Uint8Array | null | undefined {
    this.#writes ??= new Map(this.row.writeKeys.map((written, at) => [written, this.row.writeValues[at]!]));
    return this.#writes.get(key);
  }

  #spreadStamps({ expiry, minTimestamp, writeKeys }: PreparedRow, stamps: readonly Stamp[]): void {
    const inKeys = stamps.filter(({ part }) => part === 'key');
    const incomplete = new Set(inKeys.map(({ at }) => at));
    this.lockedKeys = writeKeys.filter((_, at) => !incomplete.has(at));
    this.stampSpans = inKeys.map(({ at, offset }) => stampSpan(writeKeys[at]!, offset, minTimestamp, expiry));
  }

  /** Writes the stamps, now that the commit timestamp is known. Of two that make the same key the last one counts. Not while it holds locks. */
  complete(committedAt: Timestamp, stampedBy: string): void {
    const { stamps, ...row } = this.#row;
    if (stamps === undefined) return;
    const { writeKeys, writeValues } = withStamps(row.writeKeys, row.writeValues, stamps, versionstampOf(committedAt, stampedBy));
    this.#writes = new Map(writeKeys.map((key, at) => [key, writeValues[at]!]));
    this.lockedKeys = [...this.#writes.keys()];
    this.stampSpans = NONE;
    this.#row = { ...row, writeKeys: this.lockedKeys, writeValues: [...this.#writes.values()] };
  }

  /** Resolves at its next step: decided, or its locks released. Whoever waits looks again then. */
  get changed(): Promise<void> {
    this.#changed ??= deferred<void>();
    return this.#changed.promise;
  }

  get isAwaited(): boolean {
    return this.#changed !== undefined;
  }

  notify(): void {
    const changed = this.#changed;
    this.#changed = undefined;
    changed?.resolve();
  }
}
