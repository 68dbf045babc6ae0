import type { WriteBatch } from '@pandakv/core/engine';
import {
  decodeGuardRow,
  decodeJournalRow,
  decodeOutcomeRow,
  decodePreparedRow,
  decodeStamped,
  GUARD_ROW_KEY,
  parseHistoryRowKey,
  PartsDecoder,
  ROW_SPACE,
} from '@pandakv/core/parts';
import type { Store } from '../engine/store.js';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/** The same rows are looked at again and again. */
const texts = new Map<string, string>();

/**
 * A row as text, with its timestamps as numbers, and without the sequence that counts a shard's groups, nor the random number of its
 * leader: of two states that differ in nothing else, the same can follow.
 */
function textOfRow(rowKey: string, row: Uint8Array): string {
  const known = `${rowKey}\n${latin1(row)}`;
  let text = texts.get(known);
  if (text === undefined) {
    text = JSON.stringify(partsOf(rowKey, row));
    texts.set(known, text);
  }
  return text;
}

function partsOf(rowKey: string, row: Uint8Array): unknown {
  const keyBytes = Buffer.from(rowKey, 'latin1');
  if (rowKey === GUARD_ROW_KEY) {
    const { epoch, clockBound } = decodeGuardRow(row);
    return ['guard', epoch, clockBound];
  }
  switch (rowKey[0]) {
    case ROW_SPACE.current: {
      const { timestamp, value } = decodeStamped(keyBytes, row);
      return [rowKey, timestamp, latin1(value)];
    }
    case ROW_SPACE.history: {
      const { key, written } = parseHistoryRowKey(keyBytes);
      const { timestamp, value } = decodeStamped(keyBytes, row);
      return ['history', key, written, timestamp, latin1(value)];
    }
    case ROW_SPACE.outcome:
      return ['outcome', decodeOutcomeRow(rowKey, row)];
    case ROW_SPACE.prepared: {
      const { rowKey: key, payload } = new PartsDecoder().add(rowKey, row)!;
      return ['prepared', { ...decodePreparedRow(key, payload), writeValues: [] }];
    }
    case ROW_SPACE.journal: {
      const { rowKey: key, payload } = new PartsDecoder().add(rowKey, row)!;
      return ['journal', decodeJournalRow(key, payload).commits];
    }
    default:
      return [rowKey, latin1(row)];
  }
}

export function textOfStore({ rows }: Store): string {
  return rows
    .entries()
    .map(([key, row]) => textOfRow(latin1(key), row))
    .join();
}

export function textOfBatch({ guard, puts = [], deletes = [] }: WriteBatch): string {
  const rows = puts.map(([key, row]) => textOfRow(latin1(key), row));
  const next = guard === undefined ? [] : [textOfRow(latin1(guard.key), guard.next)];
  return [...next, ...rows, ...deletes.map((key) => `-${latin1(key).slice(0, -2)}`)].join();
}
