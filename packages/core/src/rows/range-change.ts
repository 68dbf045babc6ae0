import type { OwnedRangeRow } from './owned-range-row.js';

/** A range that a shard stops to own as it is. */
export interface DroppedRange {
  readonly id: string;
  readonly epoch: number;
}

/** What a transaction does to the ranges that a shard owns: what is dropped goes, then what is put comes. Plain data. */
export interface RangeChange {
  readonly drop: readonly DroppedRange[];
  readonly put: readonly OwnedRangeRow[];
}

/** As it stands in a prepared row: drops as id and epoch, puts as id, start, end or null, epoch; each list flat. */
export type PackedRangeChange = [drop: (string | number)[], put: (string | number | null)[]];

export function packRangeChange({ drop, put }: RangeChange): PackedRangeChange {
  return [
    drop.flatMap(({ id, epoch }) => [id, epoch]),
    put.flatMap(({ id, start, end, epoch }) => [id, start, end ?? null, epoch]),
  ];
}

export function unpackRangeChange([drop, put]: PackedRangeChange): RangeChange {
  const drops: DroppedRange[] = [];
  for (let at = 0; at < drop.length; at += 2) drops.push({ id: drop[at] as string, epoch: drop[at + 1] as number });
  const puts: OwnedRangeRow[] = [];
  for (let at = 0; at < put.length; at += 4) {
    const [id, start, end, epoch] = put.slice(at, at + 4) as [string, string, string | null, number];
    puts.push({ id, start, end: end ?? undefined, epoch });
  }
  return { drop: drops, put: puts };
}
