import type { Timestamp } from '../clock/index.js';
import { chain, type Engine, type EngineScanPage, type KeyRange, type MaybePromise } from '../engine/index.js';
import { keyAfter, type Key, type Span } from '../keys/index.js';
import { decodeStamped, historyRangeOf, historyRowRange, parseHistoryRowKey } from '../rows/index.js';
import { SCAN_BYTES_MAX, SCAN_ROWS_MAX } from './scan-limits.js';
import { ABSENT, type Version } from './version.js';

/** A version of history with its key and its lifetime `[timestamp, superseded)`. */
export interface HistoryVersion extends Version {
  readonly key: Key;
  readonly superseded: Timestamp;
}

/** The version of a key that was current at `timestamp` and has been superseded since; absent when there was none. One trip. */
export function readHistory(engine: Engine, key: Key, timestamp: Timestamp): MaybePromise<Version> {
  const page = engine.scan(historyRangeOf(key, timestamp), { limit: 1, maxBytes: SCAN_BYTES_MAX });
  return chain(page, ({ entries }) => {
    const entry = entries[0];
    if (entry === undefined) return ABSENT;
    const version = decodeHistory(entry[0], entry[1]);
    return version.superseded > timestamp ? version : ABSENT;
  });
}

/**
 * The versions of a span that were current at `timestamp` and have been superseded since, in key order (descending when
 * `reverse`), up to roughly `limit` of them: `covered` says how far the answer reaches.
 */
export async function scanHistory(
  engine: Engine,
  span: Span,
  timestamp: Timestamp,
  limit: number,
  reverse: boolean,
): Promise<{ versions: HistoryVersion[]; covered: Span }> {
  const versions: HistoryVersion[] = [];
  for await (const version of historyOf(engine, span, reverse)) {
    if (versions.length >= limit && version.key !== versions[versions.length - 1]!.key) {
      const covered = reverse ? { start: keyAfter(version.key), end: span.end } : { start: span.start, end: version.key };
      return { versions, covered };
    }
    if (version.timestamp <= timestamp && version.superseded > timestamp) versions.push(version);
  }
  return { versions, covered: span };
}

/** The latest timestamp at which a version of the span was superseded; 0 when none was. */
export async function latestSuperseded(engine: Engine, span: Span): Promise<Timestamp> {
  let latest = 0;
  for await (const version of historyOf(engine, span, false)) latest = Math.max(latest, version.superseded);
  return latest;
}

export async function* historyOf(engine: Engine, span: Span, reverse: boolean): AsyncGenerator<HistoryVersion> {
  let range: KeyRange | undefined = historyRowRange(span);
  while (range !== undefined) {
    const page: EngineScanPage = await engine.scan(range, { limit: SCAN_ROWS_MAX, maxBytes: SCAN_BYTES_MAX, reverse });
    for (const [key, row] of page.entries) yield decodeHistory(key, row);
    range = page.rest;
  }
}

export function decodeHistory(rowKey: Uint8Array, row: Uint8Array): HistoryVersion {
  const { key, written } = parseHistoryRowKey(rowKey);
  const { timestamp: superseded, value } = decodeStamped(rowKey, row);
  return { key, timestamp: written, superseded, value };
}
