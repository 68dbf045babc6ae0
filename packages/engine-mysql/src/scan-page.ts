import {
  isEmptyRange,
  restAfter,
  type Entry,
  type EngineScanOptions,
  type EngineScanPage,
  type KeyRange,
} from '@pandakv/core/engine';
import type { ConnectionPool } from './connection-pool.js';
import { boundsOf, conditionOf } from './key-bounds.js';
import { RowSizes } from './row-sizes.js';
import type { Fields } from './row-tap.js';

/** How much may come behind a page before the connection is given up for it: connecting anew is cheaper than fetching this. */
const BEYOND_BYTES_MAX = 2 * 1024 * 1024;

/** More than any page holds; a limit of rows has to be said. */
const ROWS_MAX = 2 ** 31;

/** When a page needs more rows than was thought, the next try asks for so many times as many. */
const GROWTH = 8;

/** What comes of a page is told in pieces of so many rows: one by one, they would cost more than waiting for them. */
const REPORTED_ROWS = 64;

/**
 * Reads pages. A page is one statement, and so one consistent view.
 *
 * A byte budget cannot be said in SQL without reading every row of the limit first. So the statement's limit is as many rows
 * as the budget will take by the sizes that were seen there before. If they turn out smaller, the page is read again with
 * a higher limit; if larger, and much comes behind the page, the rest of it is not fetched.
 */
export class PageScanner {
  readonly #pool: ConnectionPool;
  readonly #table: string;
  readonly #sizes = new RowSizes();

  constructor(pool: ConnectionPool, table: string) {
    this.#pool = pool;
    this.#table = table;
  }

  async scan(range: KeyRange, options: EngineScanOptions): Promise<EngineScanPage> {
    if (isEmptyRange(range)) return { entries: [] };
    const wanted = Math.min(options.limit + 1, ROWS_MAX);
    let limit = Math.min(wanted, this.#sizes.rowsFor(options.maxBytes, range.start));
    for (;;) {
      const page = await this.#read(range, options, limit);
      this.#sizes.note(page.rows, page.bytes, range.start);
      const isWhole = page.isCut || page.rows < limit || limit >= wanted;
      if (isWhole) {
        const { entries, isCut } = page;
        return isCut ? { entries, rest: restAfter(entries.at(-1)![0], range, options.reverse) } : { entries };
      }
      limit = Math.min(wanted, Math.max(limit * GROWTH, this.#sizes.rowsFor(options.maxBytes, range.start)));
    }
  }

  async #read(range: KeyRange, options: EngineScanOptions, limit: number): Promise<Page> {
    const bounds = boundsOf(range);
    const order = options.reverse ? 'k DESC' : 'k';
    const condition = conditionOf(bounds, () => '?');
    const sql = `SELECT k, v FROM \`${this.#table}\` FORCE INDEX (PRIMARY) WHERE ${condition} ORDER BY ${order} LIMIT ?`;
    const values = bounds.end === undefined ? [bounds.start, limit] : [bounds.start, bounds.end, limit];
    const page = new Page(options);
    await this.#pool.use((connection) => connection.select(sql, values, 2, (row) => page.take(row)));
    return page;
  }
}

/** Gathers rows until the limit or the byte budget is filled; what comes behind tells that something is left. */
class Page {
  readonly entries: Entry[] = [];
  /** A row lies beyond the page. */
  isCut = false;
  /** Rows that came, and their bytes, those beyond the page included. */
  rows = 0;
  bytes = 0;
  private readonly limit: number;
  private readonly maxBytes: number;
  private readonly onEntries: EngineScanOptions['onEntries'];
  private pageBytes = 0;

  constructor({ limit, maxBytes, onEntries }: EngineScanOptions) {
    this.limit = limit;
    this.maxBytes = maxBytes;
    this.onEntries = onEntries;
  }

  /** @returns false when so much has come behind the page that the rest had better not come */
  take(row: Fields): boolean {
    this.rows++;
    this.bytes += row[0]!.length + row[1]!.length;
    if (this.isFull) {
      this.isCut = true;
      return this.bytes - this.pageBytes <= BEYOND_BYTES_MAX;
    }
    this.pageBytes = this.bytes;
    this.entries.push(row as unknown as Entry);
    if (this.entries.length % REPORTED_ROWS === 0) this.onEntries?.(this.entries);
    return true;
  }

  private get isFull(): boolean {
    return this.entries.length >= this.limit || (this.pageBytes >= this.maxBytes && this.entries.length > 0);
  }
}
