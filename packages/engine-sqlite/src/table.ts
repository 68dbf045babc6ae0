import { GuardMismatch, type Guard, type KeyRange, type WriteBatch } from '@pandakv/core/engine';
import type { Database, Statement } from 'better-sqlite3';

/** Sorts after every key: keys are at most 2,600 bytes. */
const AFTER_ALL = new Uint8Array(2_601).fill(0xff);

export type Row = [key: Uint8Array, value: Uint8Array];
type Slice = [keys: number, bytes: number, last: Uint8Array | null];
type Bounds = [start: Uint8Array, end: Uint8Array, limit: number];

/** SQLite's word for no limit. */
const NO_LIMIT = -1;

/** The table of a store, by its prepared statements. Every method is one transaction, or is called within one. */
export class Table {
  private readonly begin: Statement<[]>;
  private readonly beginWrite: Statement<[]>;
  private readonly commit: Statement<[]>;
  private readonly rollback: Statement<[]>;
  private readonly select: Statement<[Uint8Array], Uint8Array>;
  private readonly replace: Statement<[Uint8Array, Uint8Array]>;
  private readonly remove: Statement<[Uint8Array]>;
  private readonly removeRange: Statement<[Uint8Array, Uint8Array]>;
  private readonly ascending: Statement<Bounds, Row>;
  private readonly descending: Statement<Bounds, Row>;
  private readonly slice: Statement<Bounds, Slice>;

  constructor(private readonly database: Database) {
    this.begin = database.prepare('BEGIN');
    // Takes the write lock, so that nobody else writes between the look at the guard and the commit.
    this.beginWrite = database.prepare('BEGIN IMMEDIATE');
    this.commit = database.prepare('COMMIT');
    this.rollback = database.prepare('ROLLBACK');
    this.select = database.prepare<[Uint8Array], Uint8Array>('SELECT v FROM panda WHERE k = ?').pluck();
    this.replace = database.prepare('REPLACE INTO panda (k, v) VALUES (?, ?)');
    this.remove = database.prepare('DELETE FROM panda WHERE k = ?');
    this.removeRange = database.prepare('DELETE FROM panda WHERE k >= ? AND k < ?');
    const page = 'SELECT k, v FROM panda WHERE k >= ? AND k < ? ORDER BY k';
    this.ascending = database.prepare<Bounds, Row>(`${page} LIMIT ?`).raw();
    this.descending = database.prepare<Bounds, Row>(`${page} DESC LIMIT ?`).raw();
    this.slice = database
      .prepare<Bounds, Slice>(`SELECT count(*), total(length(k) + length(v)), max(k) FROM (${page} LIMIT ?)`)
      .raw();
  }

  /** Values in the order asked, all as they are at one moment. */
  get(keys: readonly Uint8Array[]): (Uint8Array | undefined)[] {
    if (keys.length === 1) return [this.select.get(keys[0]!)];
    return this.within(this.begin, () => keys.map((key) => this.select.get(key)));
  }

  /** Rows of a range in order, read while they are asked for; to be run to its end or ended in the same turn. */
  rows({ start, end = AFTER_ALL }: KeyRange, limit: number, reverse = false): IterableIterator<Row> {
    const statement = reverse ? this.descending : this.ascending;
    return statement.iterate(start, end, Number.isFinite(limit) ? limit : NO_LIMIT);
  }

  /** Number, bytes and last key of the first `limit` rows of a range. */
  measure({ start, end = AFTER_ALL }: KeyRange, limit: number): { keys: number; bytes: number; last: Uint8Array | null } {
    const [keys, bytes, last] = this.slice.get(start, end, limit)!;
    return { keys, bytes, last };
  }

  write({ guard, puts = [], deletes = [], deleteRanges = [] }: WriteBatch): void {
    this.within(this.beginWrite, () => {
      if (guard !== undefined) this.checkGuard(guard);
      for (const { start, end = AFTER_ALL } of deleteRanges) this.removeRange.run(start, end);
      for (const key of deletes) this.remove.run(key);
      for (const [key, value] of puts) this.replace.run(key, value);
      // Last, as a deleted range may hold it.
      if (guard !== undefined) this.replace.run(guard.key, guard.next);
    });
  }

  private checkGuard({ key, expected }: Guard): void {
    const held = this.select.get(key);
    const holds = held === undefined || expected === undefined ? held === expected : Buffer.compare(held, expected) === 0;
    if (!holds) throw new GuardMismatch();
  }

  private within<T>(begin: Statement<[]>, work: () => T): T {
    begin.run();
    try {
      const result = work();
      this.commit.run();
      return result;
    } finally {
      // After some failures SQLite has done that already.
      if (this.database.inTransaction) this.rollback.run();
    }
  }
}
