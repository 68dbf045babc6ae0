import { isEmptyRange, type Guard, type WriteBatch } from '@pandakv/core/engine';
import { literalOf } from './bytes.js';
import { boundsOf, conditionOf } from './key-bounds.js';
import { ABANDONED_SECONDS } from './session.js';

/** More in one list would make the server plan longer than it works. */
const DELETES_MAX = 500;

const ER_BAD_NULL_ERROR = 1048;
const ER_DUP_ENTRY = 1062;

/** A query as text, and how many statements it holds. */
export interface Query {
  readonly sql: string;
  readonly statements: number;
}

/** The failure that says that the guard does not hold: of one statement of the first query, with one error number. */
export interface GuardReport {
  /** Counted from 0. */
  readonly statement: number;
  readonly errorNumber: number;
}

export interface BatchQueries {
  /** To be sent one after the other; together they are one transaction. None for a batch that does nothing. */
  readonly queries: readonly Query[];
  /** Missing without a guard. */
  readonly guardReport?: GuardReport | undefined;
}

/**
 * The SQL of a batch: one query, whose statements the server runs one after the other until one fails. Where that would be
 * longer than `queryBytesMax` (which has room for any one row), it is several.
 */
export function queriesOf(batch: WriteBatch, table: string, queryBytesMax: number): BatchQueries {
  const text = new BatchText(queryBytesMax);
  const report = batch.guard && addGuard(text, batch.guard, table);
  // What was written to the guard's row stays there, also where it lies in a deleted range.
  const exceptGuard = batch.guard === undefined ? '' : ` AND k<>${literalOf(batch.guard.key)}`;
  for (const range of batch.deleteRanges ?? []) {
    if (!isEmptyRange(range)) text.add(`DELETE FROM \`${table}\` WHERE ${conditionOf(boundsOf(range), literalOf)}${exceptGuard}`);
  }
  const { deletes, puts } = batch;
  if (deletes !== undefined) {
    text.addList([`DELETE FROM \`${table}\` WHERE k IN (`, ')'], deletes.length, DELETES_MAX, (i) => literalOf(deletes[i]!));
  }
  if (puts !== undefined) {
    const frame = [`INSERT INTO \`${table}\` (k,v) VALUES `, ' ON DUPLICATE KEY UPDATE v=VALUES(v)'] as const;
    text.addList(frame, puts.length, Infinity, (i) => {
      const [key, value] = puts[i]!;
      return `(${literalOf(key)},${literalOf(value)})`;
    });
  }
  return inTransaction(text.finish(), report);
}

/**
 * The guard goes first: it locks its row, so of two writers the second waits here, and nothing is done in vain. A row that must
 * hold a value is changed if it does; if that found no row, the statement behind it puts a NULL where none may be. A row that
 * must be absent is inserted, and a duplicate key tells that it was not.
 */
function addGuard(text: BatchText, { key, expected, next }: Guard, table: string): GuardReport {
  if (expected === undefined) {
    text.add(`INSERT INTO \`${table}\` (k,v) VALUES (${literalOf(key)},${literalOf(next)})`);
    return { statement: 0, errorNumber: ER_DUP_ENTRY };
  }
  text.add(`UPDATE \`${table}\` SET v=${literalOf(next)} WHERE k=${literalOf(key)} AND v=${literalOf(expected)}`);
  text.add(`INSERT INTO \`${table}\` (k,v) SELECT NULL,'' FROM DUAL WHERE ROW_COUNT()<>1`);
  return { statement: 1, errorNumber: ER_BAD_NULL_ERROR };
}

/** A single statement is a transaction of its own; several need to be told. */
function inTransaction(parts: readonly (readonly string[])[], report: GuardReport | undefined): BatchQueries {
  if (parts.length <= 1 && (parts[0] ?? []).length <= 1) return { queries: parts.map(queryOf), guardReport: report };
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
  return { queries, guardReport: report && { ...report, statement: report.statement + before.length } };
}

function queryOf(statements: readonly string[]): Query {
  return { sql: statements.join(';'), statements: statements.length };
}

/** Gathers statements, in parts that fit a query each. */
class BatchText {
  readonly #bytesMax: number;
  readonly #parts: string[][] = [];
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(statement: string): void {
    const part = this.#parts.at(-1);
    if (part !== undefined && this.#bytes + statement.length <= this.#bytesMax) {
      part.push(statement);
      this.#bytes += statement.length + 1;
    } else {
      this.#parts.push([statement]);
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

  finish(): readonly (readonly string[])[] {
    return this.#parts;
  }
}
