import {
  isEmptyRange,
  restAfter,
  SPI_LIMITS,
  type EngineScanOptions,
  type EngineScanPage,
  type Entry,
  type KeyRange,
} from '@pandakv/core/engine';
import { encodeInt8, TYPE } from './binary-values.js';
import { asBuffer } from './bytes.js';
import type { Connections } from './connections.js';
import type { Fields } from './message-splitter.js';
import type { Statement } from './statement.js';

/** A limit or budget from here on is none. */
const NO_LIMIT = 2 ** 40;

/** How much a page may bring beyond a small budget, before rows are counted by the server. */
const EXCESS_BYTES = 256 * 1024;

/** Whether and how a page is kept to its byte budget. */
type Kind = 'capped' | 'counted';

/**
 * Pages of a range: one statement is one consistent view. Each brings one row more than the limit, which tells whether anything
 * is left.
 *
 * The byte budget is kept in one of two ways. Counted: the server adds up the sizes, which costs it half as much again for
 * each row. Capped: it leaves out values that are much larger than the budget allows on average, so that a page cannot be much
 * larger than the budget; only if one was left out that belongs to the page, the page is read again, counted, and so are the
 * next ones until values are small again.
 */
export class RangeReads {
  readonly #connections: Connections;
  readonly #table: string;
  readonly #statements = new Map<string, Statement>();
  #hasLargeValues = false;

  constructor(connections: Connections, table: string) {
    this.#connections = connections;
    this.#table = table;
  }

  async scan(range: KeyRange, options: EngineScanOptions): Promise<EngineScanPage> {
    if (isEmptyRange(range)) return { entries: [] };
    const cap = valueCap(options);
    if (cap >= SPI_LIMITS.valueBytesMax || (!this.#hasLargeValues && cap > 0)) {
      const rows = await this.#read('capped', range, options, cap);
      const page = pageOf(rows, range, options);
      if (page !== undefined) return page;
    }
    const page = pageOf(await this.#read('counted', range, options, cap), range, options)!;
    this.#hasLargeValues = page.entries.some(([, value]) => value.length > cap);
    return page;
  }

  async #read(
    kind: Kind,
    range: KeyRange,
    { limit, maxBytes, reverse = false }: EngineScanOptions,
    cap: number,
  ): Promise<Fields[]> {
    // Every entry has at least one byte, so that a page has no more entries than its budget has bytes.
    const budget = Math.min(NO_LIMIT, Math.max(1, Math.ceil(maxBytes)));
    const rowsMax = Math.min(limit, budget) + 1;
    const values = [
      asBuffer(range.start),
      rowsMax > NO_LIMIT ? null : encodeInt8(rowsMax),
      encodeInt8(kind === 'capped' ? cap : budget),
    ];
    if (range.end !== undefined) values.push(asBuffer(range.end));
    const rows: Fields[] = [];
    const statement = this.#statement(kind, range.end !== undefined, reverse);
    await this.#connections.run([{ statement, values }], (fields) => rows.push(fields));
    return rows;
  }

  #statement(kind: Kind, hasEnd: boolean, reverse: boolean): Statement {
    const name = `scan-${kind}${hasEnd ? '-to' : ''}${reverse ? '-reverse' : ''}`;
    let statement = this.#statements.get(name);
    if (statement === undefined) {
      const text = TEXTS[kind](this.#table, hasEnd ? 'k >= $1 AND k < $4' : 'k >= $1', reverse ? 'k DESC' : 'k');
      const types = [TYPE.bytea, TYPE.int8, TYPE.int8, ...(hasEnd ? [TYPE.bytea] : [])];
      this.#statements.set(name, (statement = { name, text, types }));
    }
    return statement;
  }
}

/** `length` of a value that lies beside the table does not fetch it. */
const TEXTS = {
  capped: (table: string, condition: string, order: string) =>
    `SELECT k, CASE WHEN length(v) <= $3 THEN v END FROM ${table} WHERE ${condition} ORDER BY ${order} LIMIT $2`,
  // One row beyond the page, without its value: the row whose predecessor is in the page.
  counted: (table: string, condition: string, order: string) =>
    `SELECT k, CASE WHEN total - size < $3 THEN v END
      FROM (
        SELECT k, v, size, sum(size) OVER w AS total, lag(size, 1, 0) OVER w AS last
        FROM (
          SELECT k, v, length(k) + length(v) AS size FROM ${table} WHERE ${condition} ORDER BY ${order} LIMIT $2
        ) AS sizes
        WINDOW w AS (ORDER BY ${order} ROWS UNBOUNDED PRECEDING)
      ) AS sums
      WHERE total - size - last < $3
      ORDER BY ${order}`,
} as const;

/** The largest value that a capped page brings: all of them together are at most twice the budget, or {@link EXCESS_BYTES}. */
function valueCap({ limit, maxBytes }: EngineScanOptions): number {
  if (maxBytes >= NO_LIMIT) return SPI_LIMITS.valueBytesMax;
  return Math.min(SPI_LIMITS.valueBytesMax, Math.floor(Math.max(2 * maxBytes, EXCESS_BYTES) / (limit + 1)));
}

/** The page that the rows begin with, or nothing where the value of one of its entries is missing. */
function pageOf(rows: Fields[], range: KeyRange, { limit, maxBytes, reverse }: EngineScanOptions): EngineScanPage | undefined {
  const most = Math.min(rows.length, limit);
  let bytes = 0;
  let count = 0;
  for (; count < most && (bytes < maxBytes || count === 0); count++) {
    const [key, value] = rows[count]!;
    if (!value) return undefined;
    bytes += key!.length + value.length;
  }
  const isCut = count < rows.length;
  rows.length = count;
  const entries = rows as unknown as Entry[];
  return isCut ? { entries, rest: restAfter(entries[count - 1]![0], range, reverse) } : { entries };
}
