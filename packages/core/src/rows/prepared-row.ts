import type { Timestamp } from '../clock/index.js';
import type { Entry } from '../engine/index.js';
import type { Key, Span } from '../keys/index.js';
import { encodeParts } from './parts.js';
import { packRangeChange, unpackRangeChange, type PackedRangeChange, type RangeChange } from './range-change.js';
import { ROW_SPACE } from './row-space.js';
import { pack, unpack } from './sealed-row.js';

/** Where a leader writes the stamp of the commit, once it is known. */
export interface Stamp {
  /** Index among the written keys. */
  readonly at: number;
  readonly part: 'key' | 'value';
  /** Of its first byte. */
  readonly offset: number;
}

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
  /** Spans that others conflict with as if they were written. */
  readonly writeConflicts?: readonly Span[] | undefined;
  /** Where what is written lacks the stamp of the commit. */
  readonly stamps?: readonly Stamp[] | undefined;
}

export function preparedRowKey(transaction: string): Key {
  return ROW_SPACE.prepared + transaction;
}

export function encodePreparedRow(row: PreparedRow): Entry[] {
  const fields: unknown[] = [row.anchor, row.participants, row.minTimestamp, row.expiry];
  fields.push(row.readKeys, packSpans(row.readSpans), row.writeKeys, row.writeValues);
  const { rangeChange, writeConflicts, stamps } = row;
  const more = [
    rangeChange && packRangeChange(rangeChange),
    writeConflicts && packSpans(writeConflicts),
    stamps && packStamps(stamps),
  ];
  while (more.length > 0 && more.at(-1) === undefined) more.pop();
  fields.push(...more);
  return encodeParts(preparedRowKey(row.transaction), pack(fields));
}

export function decodePreparedRow(rowKey: Key, payload: Uint8Array): PreparedRow {
  const [anchor, participants, minTimestamp, expiry, readKeys, spans, writeKeys, writeValues, change, conflicts, stamps] = unpack(
    payload,
  ) as [
    string,
    string[],
    number,
    number,
    Key[],
    (string | null)[],
    Key[],
    (Uint8Array | null)[],
    PackedRangeChange | null | undefined,
    (string | null)[] | null | undefined,
    PackedStamp[] | undefined,
  ];
  const transaction = rowKey.slice(1);
  const row = {
    transaction,
    anchor,
    participants,
    minTimestamp,
    expiry,
    readKeys,
    readSpans: unpackSpans(spans),
    writeKeys,
    writeValues,
  };
  return {
    ...row,
    ...(change === null || change === undefined ? {} : { rangeChange: unpackRangeChange(change) }),
    ...(conflicts === null || conflicts === undefined ? {} : { writeConflicts: unpackSpans(conflicts) }),
    ...(stamps === undefined ? {} : { stamps: unpackStamps(stamps) }),
  };
}

type PackedStamp = readonly [at: number, inKey: boolean, offset: number];

function packStamps(stamps: readonly Stamp[]): PackedStamp[] {
  return stamps.map(({ at, part, offset }) => [at, part === 'key', offset]);
}

function unpackStamps(packed: readonly PackedStamp[]): Stamp[] {
  return packed.map(([at, inKey, offset]) => ({ at, part: inKey ? 'key' : 'value', offset }));
}

function packSpans(spans: readonly Span[]): (string | null)[] {
  return spans.flatMap(({ start, end }) => [start, end ?? null]);
}

function unpackSpans(packed: readonly (string | null)[]): Span[] {
  const spans: Span[] = [];
  for (let at = 0; at < packed.length; at += 2) spans.push({ start: packed[at]!, end: packed[at + 1] ?? undefined });
  return spans;
}
