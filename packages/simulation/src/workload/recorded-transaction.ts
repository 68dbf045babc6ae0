import { prefix, range, type Timestamp, type Transaction } from '@pandakv/core';
import { toKey, type Key } from '@pandakv/core/parts';
import type { Attempt, Value } from './operation.js';

const text = (bytes: Uint8Array | undefined): Value => (bytes === undefined ? undefined : Buffer.from(bytes).toString('latin1'));

/** A transaction that writes down what it saw and did. Keys and values are text of characters up to 0xff. */
export class RecordedTransaction {
  readonly attempt: Attempt;
  readonly #transaction: Transaction;

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
    this.attempt = { readTimestamp: transaction.readTimestamp, reads: [], scans: [], writes: new Map() };
  }

  async get(key: string): Promise<Value> {
    const value = text(await this.#transaction.get(key));
    this.#saw(key, value);
    return value;
  }

  async getMany(keys: readonly string[]): Promise<Value[]> {
    const values = (await this.#transaction.getMany(keys)).map(text);
    for (const [at, key] of keys.entries()) this.#saw(key, values[at]);
    return values;
  }

  /** Entries of `[start, end)`; of all keys that begin with `start` without an `end`. */
  async scan(start: string, end?: string, { reverse = false, limit = Infinity } = {}): Promise<(readonly [Key, string])[]> {
    const bounds = end === undefined ? prefix(start) : range(start, end);
    const own = new Map(this.attempt.writes);
    const entries: (readonly [Key, string])[] = [];
    for await (const [key, value] of this.#transaction.scan(bounds, { reverse, limit })) {
      entries.push([toKey(key), Buffer.from(value).toString('latin1')]);
    }
    const span = { start: toKey(bounds.start!), end: bounds.end === undefined ? undefined : toKey(bounds.end) };
    this.attempt.scans.push({ ...span, reverse, limit, entries, own });
    return entries;
  }

  set(key: string, value: string): void {
    this.#transaction.set(key, value);
    this.attempt.writes.set(key, value);
  }

  delete(key: string): void {
    this.#transaction.delete(key);
    this.attempt.writes.set(key, null);
  }

  async commit(): Promise<Timestamp> {
    const committedAt = await this.#transaction.commit();
    this.attempt.committedAt = committedAt;
    return committedAt;
  }

  #saw(key: string, value: Value): void {
    const mine = this.attempt.writes.get(key);
    if (mine === undefined) this.attempt.reads.push({ key, value });
    else if ((mine ?? undefined) !== value) throw new Error(`A transaction does not see its own write of ${key}`);
  }
}
