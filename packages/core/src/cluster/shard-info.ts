import type { Member } from '../catalog/index.js';
import type { ActiveRange } from '../rebalance/index.js';
import type { ShardStatus } from '../shard/index.js';
import { rangeInfo, type RangeInfo } from './range-info.js';

/** A range, and about how much lies in it, by the estimate of its engine. */
export interface RangeSize extends RangeInfo {
  /** Rows of all versions that are kept. */
  readonly rows: number;
  /** Bytes of these rows, with their keys. */
  readonly bytes: number;
  /** Requests a second in the last minute, by a sample of what this process has served. */
  readonly load: number;
  /** While this process moves or migrates the range: groups of the shard's journal that the copy is behind. */
  readonly lag: number | undefined;
}

/** A shard of the database. */
export interface ShardInfo {
  readonly id: string;
  /** `draining`: it takes no ranges any more. */
  readonly state: 'active' | 'draining';
  /** How many ranges it serves, and about how much lies in them. */
  readonly ranges: number;
  readonly rows: number;
  readonly bytes: number;
  /** Requests a second in the last minute, by a sample of what this process has served. */
  readonly load: number;
  /** The most groups of its journal that a copy is behind which this process makes of one of its ranges; undefined without any. */
  readonly lag: number | undefined;
  /** Cross-shard transactions that are prepared there, and outcomes that others have still to hear of. */
  readonly prepared: number;
  readonly unfinishedOutcomes: number;
}

export function rangeSizeOf({ range, rows, bytes, load, lag }: ActiveRange): RangeSize {
  return { ...rangeInfo(range), rows, bytes, load: Math.round(load), lag };
}

export function shardInfoOf(member: Member, sizes: readonly ActiveRange[], statuses: readonly ShardStatus[]): ShardInfo {
  const own = sizes.filter(({ range }) => range.shard === member.shard);
  const lags = own.flatMap(({ lag }) => (lag === undefined ? [] : [lag]));
  const status = statuses.find(({ id }) => id === member.shard);
  return {
    id: member.shard,
    state: member.state,
    ranges: own.length,
    rows: own.reduce((sum, { rows }) => sum + rows, 0),
    bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
    load: Math.round(own.reduce((sum, { load }) => sum + load, 0)),
    lag: lags.length === 0 ? undefined : Math.max(...lags),
    prepared: status?.prepared ?? 0,
    unfinishedOutcomes: status?.unfinishedOutcomes ?? 0,
  };
}
