import { isEmptyRange, type Guard, type WriteBatch } from '@pandakv/core/engine';
import { createHash } from 'node:crypto';
import { literalOf } from './bytes.js';
import { decoyOf, guardedUpdate, insertFrame } from './insert-sql.js';
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
  const put = (i: number): string => `(${literalOf(puts[i]![0])},${literalOf(puts[i]![1])})`;
  const deletion = [`DELETE FROM \`${table}\` WHERE k IN (`, ')'] as const;
  const addDeletes = (): void => text.addList(deletion, deletes.length, DELETES_MAX, (i) => literalOf(deletes[i]!));
  const guardItem = guard && guardItemOf(guard);
  if (guardItem !== undefined && deleteRanges.length === 0) {
    const frame = insertFrame(table, guardItem.update);
    text.addList(frame, puts.length + 1, Infinity, (i) => (i === 0 ? guardItem.item : put(i - 1)));
    addDeletes();
    return inTransaction(text.parts, 0);
  }
  if (guardItem !== undefined) text.add(insertFrame(table, guardItem.update).join(guardItem.item));
  // What was written to the guard's row stays there, also where it lies in a deleted range.
  const exceptGuard = guard === undefined ? '' : ` AND k<>${literalOf(guard.key)}`;
  for (const range of deleteRanges) {
    if (!isEmptyRange(range)) text.add(`DELETE FROM \`${table}\` WHERE ${conditionOf(boundsOf(range), literalOf)}${exceptGuard}`);
  }
  addDeletes();
  text.addList(insertFrame(table), puts.length, Infinity, put);
  return inTransaction(text.parts, guard && 0);
}

/**
 * The guard in a list of rows to insert, and what that statement does with rows that are there. A NULL comes where none may be when the row is there
 * with another value than expected, or at all; and when the decoy had to be inserted because it is not there.
 */
function guardItemOf(guard: Guard): { item: string; update: string } {
  const { expected, next } = guard;
  const key = literalOf(guard.key);
  const row = `(${key},${literalOf(next)})`;
  if (expected === undefined) return { item: row, update: `IF(k=${key},NULL,VALUES(v))` };
  const decoy = literalOf(decoyOf(guard));
  const update = guardedUpdate({ key, differs: differenceFrom(expected), decoy });
  return { item: `(${key},${decoy}),${row}`, update };
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
