import { isEmptyRange, type KeyRange, type RangeEstimate } from '@pandakv/core/engine';
import type { RowDataPacket } from 'mysql2';
import { literalOf } from './bytes.js';
import type { ConnectionPool } from './connection-pool.js';
import { boundsOf, conditionOf } from './key-bounds.js';

/** Rows that are looked at, at either end of the range: ranges of fewer are counted exactly. */
const SAMPLE_ROWS = 64;

/**
 * Estimates a range: the number of keys as the server's planner guesses it from a few pages of the index, their size from rows
 * at both ends.
 */
export async function estimateRange(pool: ConnectionPool, table: string, range: KeyRange): Promise<RangeEstimate> {
  if (isEmptyRange(range)) return { keys: 0, bytes: 0 };
  const condition = conditionOf(boundsOf(range), literalOf);
  const sizes = `SELECT LENGTH(k) + LENGTH(v) AS bytes FROM \`${table}\` FORCE INDEX (PRIMARY) WHERE ${condition} ORDER BY k`;
  // Without the hint, since with it MySQL's planner has nothing to choose, and guesses 1.
  const plan = `EXPLAIN FORMAT=TRADITIONAL SELECT k FROM \`${table}\` WHERE ${condition}`;
  const sql = `${sizes} LIMIT ${SAMPLE_ROWS};${sizes} DESC LIMIT ${SAMPLE_ROWS};${plan}`;
  const answers = await pool.use((connection) => connection.query(sql, 3));
  const [head, tail, [planned]] = answers as [RowDataPacket[], RowDataPacket[], RowDataPacket[]];
  const headBytes = sumOf(head);
  if (head.length < SAMPLE_ROWS) return { keys: head.length, bytes: headBytes };
  const keys = Math.max(head.length, plannedRows(planned));
  const meanBytes = (headBytes + sumOf(tail)) / (head.length + tail.length);
  return { keys, bytes: Math.round(keys * meanBytes) };
}

/** MySQL says besides which part of the rows that it would read lies in the range. */
function plannedRows(planned: RowDataPacket | undefined): number {
  return Math.round((Number(planned?.['rows'] ?? 0) * Number(planned?.['filtered'] ?? 100)) / 100);
}

function sumOf(rows: readonly RowDataPacket[]): number {
  return rows.reduce((sum, row) => sum + Number(row['bytes']), 0);
}
