import type { Timestamp } from '../clock/index.js';
import type { OwnedRangeRow } from './owned-range-row.js';

/** A range that a shard stops to own as it is. */
export interface DroppedRange {
  readonly id: string;
  readonly epoch: number;
  /** Where keys leave the shard: by what the range was frozen. */
  readonly freeze?: string | undefined;
}

/** The import that brought the keys which come to a shard, and how far it must have followed the source. */
export interface FinishedImport {
  readonly move: string;
  readonly sequence: number;
  /** No write conflict was added by hand at the source after this. */
  readonly conflictsUpTo?: Timestamp | undefined;
}

/** What a transaction does to the ranges that a shard owns: what is dropped goes, then what is put comes. Plain data. */
export interface RangeChange {
  readonly drop: readonly DroppedRange[];
  readonly put: readonly OwnedRangeRow[];
  readonly import?: FinishedImport | undefined;
}

/** As it stands in a prepared row: drops as id and epoch, puts as id, start, end or null, epoch, import as move and sequence; all flat. */
export type PackedRangeChange = [drop: (string | number)[], put: (string | number | null)[], finished: (string | number)[]];

/** Freezes are of one leader's time, so they are not packed. */
export function packRangeChange({ drop, put, import: finished }: RangeChange): PackedRangeChange {
  return [
    drop.flatMap(({ id, epoch }) => [id, epoch]),
    put.flatMap(({ id, start, end, epoch }) => [id, start, end ?? null, epoch]),
    finished === undefined
      ? []
      : [finished.move, finished.sequence, ...(finished.conflictsUpTo === undefined ? [] : [finished.conflictsUpTo])],
  ];
}

export function unpackRangeChange([drop, put, finished]: PackedRangeChange): RangeChange {
  const drops: DroppedRange[] = [];
  for (let at = 0; at < drop.length; at += 2) drops.push({ id: drop[at] as string, epoch: drop[at + 1] as number });
  const puts: OwnedRangeRow[] = [];
  for (let at = 0; at < put.length; at += 4) {
    const [id, start, end, epoch] = put.slice(at, at + 4) as [string, string, string | null, number];
    puts.push({ id, start, end: end ?? undefined, epoch });
  }
  const [move, sequence, conflictsUpTo] = finished as [string?, number?, number?];
  const change: RangeChange = { drop: drops, put: puts };
  return move === undefined
    ? change
    : { ...change, import: { move, sequence: sequence!, ...(conflictsUpTo === undefined ? {} : { conflictsUpTo }) } };
}
