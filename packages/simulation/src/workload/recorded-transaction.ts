import { prefix, range, type Timestamp, type Transaction } from '@pandakv/core';
import { toKey, type Key } from '@pandakv/core/parts';
import type { Attempt, Value } from './operation.js';
import { changed, toAtomicChange, type TextChange } from './text-change.js';
import { asBytes, asText } from './text.js';

const NO_STAMP = '\0'.repeat(10);

/** A transaction that writes down what it saw and did. Keys and values are text of characters up to 0xff. */
export class RecordedTransaction {
  readonly attempt: Attempt & Required<Pick<Attempt, 'appends' | 'changes' | 'writeConflicts'>>;
  readonly #transaction: Transaction;

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
    this.attempt = {
      id: transaction.attempt,
      readTimestamp: transaction.readTimestamp,
      reads: [],
      scans: [],
      writes: new Map(),
      changes: new Map(),
      writeConflicts: [],
      appends: [],
    };
  }

  async get(key: string): Promise<Value> {
    const value = asText(await this.#transaction.get(asBytes(key)));
    this.#saw(key, value);
    return value;
  }

  /** The first read may move the read timestamp on. */
  async getForUpdate(key: string): Promise<Value> {
    const value = asText(await this.#transaction.getForUpdate(asBytes(key)));
    this.attempt.readTimestamp = this.#transaction.readTimestamp;
    this.#saw(key, value);
    return value;
  }

  async getMany(keys: readonly string[]): Promise<Value[]> {
    const values = (await this.#transaction.getMany(keys.map(asBytes))).map(asText);
    for (const [at, key] of keys.entries()) this.#saw(key, values[at]);
    return values;
  }

  /** Entries of `[start, end)`; of all keys that begin with `start` without an `end`. */
  async scan(start: string, end?: string, { reverse = false, limit = Infinity } = {}): Promise<(readonly [Key, string])[]> {
    const bounds = end === undefined ? prefix(asBytes(start)) : range(asBytes(start), asBytes(end));
    const own = new Map(this.attempt.writes);
    const ownChanges = new Map(this.attempt.changes);
    const entries: (readonly [Key, string])[] = [];
    for await (const [key, value] of this.#transaction.scan(bounds, { reverse, limit })) {
      entries.push([toKey(key), Buffer.from(value).toString('latin1')]);
    }
    const span = { start: toKey(bounds.start!), end: bounds.end === undefined ? undefined : toKey(bounds.end) };
    this.attempt.scans.push({ ...span, reverse, limit, entries, own, ownChanges });
    return entries;
  }

  set(key: string, value: string): void {
    this.#transaction.set(asBytes(key), asBytes(value));
    this.#wrote(key, value);
  }

  delete(key: string): void {
    this.#transaction.delete(asBytes(key));
    this.#wrote(key, null);
  }

  /** On what it wrote itself it is done at once. */
  change(key: string, change: TextChange): void {
    this.#transaction.change(asBytes(key), toAtomicChange(change));
    const { changes, writes } = this.attempt;
    const mine = writes.get(key);
    if (mine === undefined) changes.set(key, [...(changes.get(key) ?? []), change]);
    else writes.set(key, changed(mine ?? undefined, [change]) ?? null);
  }

  /** Adds a value to the end of a log, and the stamp of the commit to another key. */
  append(log: string, value: string, stampIn: string): void {
    this.#transaction.setVersionstampedKey({ key: asBytes(log + NO_STAMP), offset: log.length }, asBytes(value));
    this.#transaction.setVersionstampedValue(asBytes(stampIn), { value: asBytes(NO_STAMP) });
    this.attempt.appends.push({ log, value, stampIn });
  }

  addWriteConflict(start: string, end: string): void {
    this.#transaction.addWriteConflict(range(asBytes(start), asBytes(end)));
    this.attempt.writeConflicts.push({ start, end });
  }

  /** Scans the range first, so that what is deleted is known. */
  async deleteRange(start: string, end: string): Promise<void> {
    const entries = await this.scan(start, end);
    this.#transaction.deleteRange(range(asBytes(start), asBytes(end)));
    for (const key of this.attempt.changes.keys()) if (key >= start && key < end) this.#wrote(key, null);
    for (const [key] of entries) this.#wrote(key, null);
  }

  async commit(): Promise<Timestamp> {
    const committedAt = await this.#transaction.commit();
    this.attempt.committedAt = committedAt;
    return committedAt;
  }

  #wrote(key: string, value: string | null): void {
    this.attempt.changes.delete(key);
    this.attempt.writes.set(key, value);
  }

  #saw(key: string, value: Value): void {
    const mine = this.attempt.writes.get(key);
    if (mine === undefined) this.attempt.reads.push({ key, value, changes: this.attempt.changes.get(key) ?? [] });
    else if ((mine ?? undefined) !== value) throw new Error(`A transaction does not see its own write of ${key}`);
  }
}
