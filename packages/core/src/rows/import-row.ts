import type { Key } from '../keys/index.js';
import { ROW_SPACE } from './row-space.js';
import { pack, seal, unpack, unseal } from './sealed-row.js';

/**
 * How far a move has come at its destination:
 * `clear`: rows that lie there from earlier are removed; `current`, `history`: rows of that kind are copied; `tail`: the journal of the
 * source is followed.
 */
export type ImportStage = 'clear' | 'current' | 'history' | 'tail';

/** `m/import/` + move: rows of a span are brought to this shard, which does not own them yet. Written with the rows it tells of. */
export interface ImportRow {
  readonly move: string;
  readonly start: Key;
  readonly end: Key | undefined;
  readonly stage: ImportStage;
  /** The row key from which on rows of the stage are still to be copied; undefined for the first. */
  readonly cursor: string | undefined;
  /** What the source wrote up to this sequence is here, once the stage is `tail`; before, where the tail will begin. */
  readonly sequence: number;
}

export const IMPORT_ROW_PREFIX: Key = `${ROW_SPACE.meta}/import/`;

export function importRowKey(move: string): Key {
  return IMPORT_ROW_PREFIX + move;
}

export function encodeImportRow({ move, start, end, stage, cursor, sequence }: ImportRow): Buffer {
  return seal(importRowKey(move), pack([start, end ?? null, stage, cursor ?? null, sequence]));
}

export function decodeImportRow(rowKey: Key, bytes: Uint8Array): ImportRow {
  const [start, end, stage, cursor, sequence] = unpack(unseal(rowKey, bytes)) as [
    Key,
    Key | null,
    ImportStage,
    string | null,
    number,
  ];
  const move = rowKey.slice(IMPORT_ROW_PREFIX.length);
  return { move, start, end: end ?? undefined, stage, cursor: cursor ?? undefined, sequence };
}
