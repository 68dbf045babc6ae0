import { isEmptyRange, restAfter, type EngineScanOptions, type EngineScanPage, type KeyRange } from '@pandakv/core/engine';
import type { Row, Table } from './table.js';

/**
 * One page of a range, read by one statement, which is one snapshot. It ends with the entry that fills the limit or the byte
 * budget; it reads one entry further, so `rest` is missing exactly when nothing is left.
 */
export function scanPage(table: Table, range: KeyRange, { limit, maxBytes, reverse }: EngineScanOptions): EngineScanPage {
  if (isEmptyRange(range)) return { entries: [] };
  const entries: Row[] = [];
  let bytes = 0;
  for (const row of table.rows(range, limit + 1, reverse)) {
    if (entries.length === limit || (entries.length > 0 && bytes >= maxBytes)) {
      return { entries, rest: restAfter(entries[entries.length - 1]![0], range, reverse) };
    }
    bytes += row[0].length + row[1].length;
    entries.push(row);
  }
  return { entries };
}
