import type { Timestamp } from '../clock/index.js';
import { SpanSet, type Key } from '../keys/index.js';
import type { PreparedRow } from '../rows/index.js';
import { deferred, type Deferred } from './deferred.js';

/** A transaction that is prepared on this shard, with the locks that it holds until it is decided and applied. */
export class PreparedTransaction {
  readonly row: PreparedRow;
  /** How many rows the prepared row takes. */
  readonly parts: number;
  readonly readSpans: SpanSet;
  /** Wall clock, for patience. */
  readonly preparedAtMs: number;
  /** Set once it is known to be committed. */
  committedAt: Timestamp | undefined;
  /** Resolves when the prepared row is durable; rejects when it could not be made so. */
  readonly durable: Deferred<void> = deferred<void>();
  /** Its outcome has joined a group. */
  applying: Promise<void> | undefined;
  #writes: Map<Key, Uint8Array | null> | undefined;
  #changed: Deferred<void> | undefined;

  constructor(row: PreparedRow, parts: number, preparedAtMs: number) {
    this.row = row;
    this.parts = parts;
    this.readSpans = new SpanSet(row.readSpans);
    this.preparedAtMs = preparedAtMs;
    this.durable.promise.catch(() => undefined);
  }

  get transaction(): string {
    return this.row.transaction;
  }

  /** What it writes to a key: a value, null for a delete, undefined for nothing. */
  writeOf(key: Key): Uint8Array | null | undefined {
    this.#writes ??= new Map(this.row.writeKeys.map((written, at) => [written, this.row.writeValues[at]!]));
    return this.#writes.get(key);
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
