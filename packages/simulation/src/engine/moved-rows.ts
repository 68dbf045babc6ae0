import type { WriteBatch } from '@pandakv/core/engine';
import { decodeImportRow, IMPORT_ROW_PREFIX, parseHistoryRowKey, ROW_SPACE, type Key, type Span } from '@pandakv/core/parts';

/** A batch without the rows that a move brings in it, though with the row that says that they are there. */
export function withoutMovedRows(batch: WriteBatch): WriteBatch {
  const { puts = [], deletes = [] } = batch;
  const spans = puts.flatMap(([rowKey, row]): Span[] => {
    const text = latin1(rowKey);
    return text.startsWith(IMPORT_ROW_PREFIX) ? [decodeImportRow(text, row)] : [];
  });
  if (spans.length === 0) return batch;
  const isMoved = (rowKey: Uint8Array): boolean => {
    const key = userKeyOf(rowKey);
    return key !== undefined && spans.some(({ start, end }) => key >= start && (end === undefined || key < end));
  };
  return {
    ...batch,
    puts: puts.filter(([rowKey]) => !isMoved(rowKey)),
    deletes: deletes.filter((rowKey) => !isMoved(rowKey)),
  };
}

/** A batch that leaves the rows of ranges which it removes, unless it puts others: then the shard goes on to own them. */
export function withGivenRanges(batch: WriteBatch): WriteBatch {
  const { puts = [], deletes = [] } = batch;
  const isOfRange = (rowKey: Uint8Array): boolean => latin1(rowKey).startsWith(ROW_SPACE.ownedRange);
  if (puts.some(([rowKey]) => isOfRange(rowKey))) return batch;
  return { ...batch, deletes: deletes.filter((rowKey) => !isOfRange(rowKey)) };
}

/** The user's key of a current or a history row. */
export function userKeyOf(rowKey: Uint8Array): Key | undefined {
  const text = latin1(rowKey);
  if (text.startsWith(ROW_SPACE.current)) return text.slice(1);
  return text.startsWith(ROW_SPACE.history) ? parseHistoryRowKey(rowKey).key : undefined;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
