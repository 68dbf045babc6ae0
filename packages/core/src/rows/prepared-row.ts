import type { Timestamp } from '../clock/index.js';
import type { Entry } from '../engine/index.js';
import type { Key, Span } from '../keys/index.js';
import { encodeParts } from './parts.js';
import { packRangeChange, unpackRangeChange, type PackedRangeChange, type RangeChange } from './range-change.js';
import { ROW_SPACE } from './row-space.js';
import { pack, unpack } from './sealed-row.js';

/** `p` + transaction (+ part): a participant's promise to commit if all others promise too. */
export interface PreparedRow {
  readonly transaction: string;
  readonly anchor: string;
  readonly participants: readonly string[];
  /** The participant will not commit the transaction below this. */
  readonly minTimestamp: Timestamp;
  /** After this timestamp no participant prepares the transaction any more. */
  readonly expiry: Timestamp;
  readonly readKeys: readonly Key[];
  readonly readSpans: readonly Span[];
  readonly writeKeys: readonly Key[];
  /** For each written key its new value; null deletes. */
  readonly writeValues: readonly (Uint8Array | null)[];
  /** What becomes of the ranges that the shard owns. */
  readonly rangeChange?: RangeChange | undefined;
}

export function preparedRowKey(transaction: string): Key {
  return ROW_SPACE.prepared + transaction;
}

export function encodePreparedRow(row: PreparedRow): Entry[] {
  const spans = row.readSpans.flatMap((span) => [span.start, span.end ?? null]);
  const fields: unknown[] = [row.anchor, row.participants, row.minTimestamp, row.expiry];
  fields.push(row.readKeys, spans, row.writeKeys, row.writeValues);
  if (row.rangeChange !== undefined) fields.push(packRangeChange(row.rangeChange));
  return encodeParts(preparedRowKey(row.transaction), pack(fields));
}

export function decodePreparedRow(rowKey: Key, payload: Uint8Array): PreparedRow {
  const [anchor, participants, minTimestamp, expiry, readKeys, spans, writeKeys, writeValues, change] = unpack(payload) as [
    string,
    string[],
    number,
    number,
    Key[],
    (string | null)[],
    Key[],
    (Uint8Array | null)[],
    PackedRangeChange | undefined,
  ];
  const readSpans: Span[] = [];
  for (let i = 0; i < spans.length; i += 2) readSpans.push({ start: spans[i]!, end: spans[i + 1] ?? undefined });
  const transaction = rowKey.slice(1);
  const row = { transaction, anchor, participants, minTimestamp, expiry, readKeys, readSpans, writeKeys, writeValues };
  return change === undefined ? row : { ...row, rangeChange: unpackRangeChange(change) };
}
