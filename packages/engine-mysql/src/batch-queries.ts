import { isEmptyRange, type Guard, type WriteBatch } from '@pandakv/core/engine';
import { createHash } from 'node:crypto';
import { literalOf } from './bytes.js';
import { boundsOf, conditionOf } from './key-bounds.js';
import { ABANDONED_SECONDS } from './session.js';

/** More in one list would make the server plan longer than it works. */
const DELETES_MAX = 500;

/** An expected value that is longer is told by its SHA-512. */
const LITERAL_BYTES_MAX = 256 * 1024;

/** A query as text, and how many statements it holds. */
export interface Query {
  readonly sql: string;
  readonly statements: number;
}

export interface BatchQueries {
  /** To be sent one after the other; together they are one transaction. None for a batch that does nothing. */
  readonly queries: readonly Query[];
  /** Which statement of the first query, counted from 0, puts a NULL where none may be if the guard does not hold. */
  readonly guardStatement: number | undefined;
}

/**
 * The SQL of a batch: one query, whose statements the server runs one after the other until one fails. Where that would be
 * longer than `queryBytesMax` (which has room for any one row), it is several.
 *
 * The guard goes first: it locks its row, so of two writers the second waits there, and nothing is done in vain. Mostly it is
 * written by the same statement as the puts, and the batch is that statement.
 */
export function queriesOf(batch: WriteBatch, table: string, queryBytesMax: number): BatchQueries {
  const { guard, deleteRanges = [], deletes = [], puts = [] } = batch;
  const text = new BatchText(queryBytesMax);
  const guardItem = guard && guardItemOf(guard, table);
  const put = (i: number): string => `(${literalOf(puts[i]![0])},${literalOf(puts[i]![1])})`;
  const start = `INSERT INTO \`${table}\` (k,v) VALUES `;
  const end = ' ON DUPLICATE KEY UPDATE v=VALUES(v)';
  if (guardItem !== undefined && deleteRanges.length === 0 && deletes.length === 0) {
    text.addList([start, guardItem.end], puts.length + 1, Infinity, (i) => (i === 0 ? guardItem.item : put(i - 1)));
    return inTransaction(text.parts, 0);
  }
  if (guardItem !== undefined) text.add(start + guardItem.item + guardItem.end);
  // What was written to the guard's row stays there, also where it lies in a deleted range.
  const exceptGuard = guard === undefined ? '' : ` AND k<>${literalOf(guard.key)}`;
  for (const range of deleteRanges) {
    if (!isEmptyRange(range)) text.add(`DELETE FROM \`${table}\` WHERE ${conditionOf(boundsOf(range), literalOf)}${exceptGuard}`);
  }
  text.addList([`DELETE FROM \`${table}\` WHERE k IN (`, ')'], deletes.length, DELETES_MAX, (i) => literalOf(deletes[i]!));
  text.addList([start, end], puts.length, Infinity, put);
  return inTransaction(text.parts, guard && 0);
}

/**
 * The guard in a list of rows to insert, and the end of that statement. The one becomes a NULL when the row must be there and
 * is not (what is found is locked, so it stays), the other when the row is there with another value, or at all.
 */
function guardItemOf({ key, expected, next }: Guard, table: string): { item: string; end: string } {
  const keyLiteral = literalOf(key);
  const locked = `(SELECT k FROM (SELECT k FROM \`${table}\` WHERE k=${keyLiteral} FOR UPDATE) g)`;
  const differs = expected === undefined ? '' : ` AND ${differenceFrom(expected)}`;
  return {
    item: `(${expected === undefined ? keyLiteral : locked},${literalOf(next)})`,
    end: ` ON DUPLICATE KEY UPDATE v=IF(k=${keyLiteral}${differs},NULL,VALUES(v))`,
  };
}

/** With two of the greatest values as literals, the statement would be too long for a packet. */
function differenceFrom(expected: Uint8Array): string {
  if (expected.length <= LITERAL_BYTES_MAX) return `v<>${literalOf(expected)}`;
  return `SHA2(v,512)<>'${createHash('sha512').update(expected).digest('hex')}'`;
}

/** A single statement is a transaction of its own; several need to be told. */
function inTransaction(parts: readonly (readonly string[])[], guardStatement: number | undefined): BatchQueries {
  if (parts.length <= 1 && (parts[0] ?? []).length <= 1) return { queries: parts.map(queryOf), guardStatement };
  const before = ['START TRANSACTION'];
  const after = ['COMMIT'];
  if (parts.length > 1) {
    // The client may vanish between two queries.
    before.unshift(`SET SESSION wait_timeout=${ABANDONED_SECONDS}`);
    after.push('SET SESSION wait_timeout=DEFAULT');
  }
  const queries = parts.map((part, i) =>
    queryOf([...(i === 0 ? before : []), ...part, ...(i === parts.length - 1 ? after : [])]),
  );
  return { queries, guardStatement: guardStatement === undefined ? undefined : guardStatement + before.length };
}

function queryOf(statements: readonly string[]): Query {
  return { sql: statements.join(';'), statements: statements.length };
}

/** Gathers statements, in parts that fit a query each. */
class BatchText {
  readonly #bytesMax: number;
  readonly parts: string[][] = [];
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(statement: string): void {
    const part = this.parts.at(-1);
    if (part !== undefined && this.#bytes + statement.length <= this.#bytesMax) {
      part.push(statement);
      this.#bytes += statement.length + 1;
    } else {
      this.parts.push([statement]);
      this.#bytes = statement.length;
    }
  }

  /** Adds statements that are a list each, as few as the limits allow. */
  addList(
    [start, end]: readonly [start: string, end: string],
    length: number,
    itemsMax: number,
    itemAt: (i: number) => string,
  ): void {
    const frameBytes = start.length + end.length;
    let list = '';
    let items = 0;
    for (let i = 0; i < length; i++) {
      const item = itemAt(i);
      const isFull = items >= itemsMax || this.#bytes + frameBytes + list.length + item.length >= this.#bytesMax;
      if (isFull && items > 0) {
        this.add(start + list + end);
        items = 0;
      }
      list = items === 0 ? item : `${list},${item}`;
      items++;
    }
    if (items > 0) this.add(start + list + end);
  }
}
