import { keyBytes } from '../keys/index.js';
import type { BalanceOutcome, BalancePlan, MovedByBalance } from '../rebalance/index.js';

/** A piece of the keyspace that is to go to another shard. */
export interface BalanceMove {
  /** Id of the range that holds it before it is divided. */
  readonly range: string;
  readonly start: Uint8Array;
  readonly end: Uint8Array | undefined;
  readonly from: string;
  readonly to: string;
  /** About how many bytes of rows, and requests a second. */
  readonly bytes: number;
  readonly load: number;
}

/** A key that alone is asked for more than a shard should be: no split can help. */
export interface HotKey {
  readonly key: Uint8Array;
  readonly shard: string;
  /** Requests a second. */
  readonly load: number;
}

/** What a shard has, and what it is to have: bytes of rows, and requests a second. */
export interface BalancedShard {
  readonly id: string;
  readonly bytes: number;
  readonly load: number;
  readonly bytesAfter: number;
  readonly loadAfter: number;
}

/** What is to be done for the shards to be even, in this order; nothing of it where they are. */
export interface BalancePlanInfo {
  /** Keys at which ranges are divided. */
  readonly splits: readonly Uint8Array[];
  readonly moves: readonly BalanceMove[];
  /** Keys at which ranges begin that are joined to those before them. */
  readonly merges: readonly Uint8Array[];
  readonly hotKeys: readonly HotKey[];
  readonly shards: readonly BalancedShard[];
  /** More is to be moved than one plan has; further plans follow it. */
  readonly isPartial: boolean;
}

/** A balance that has ended. */
export interface BalanceResult {
  readonly plan: BalancePlanInfo;
  /** What was moved; nothing where only a plan was wanted. */
  readonly moved: MovedByBalance;
}

export function balanceResult({ plan, moved }: BalanceOutcome): BalanceResult {
  return { plan: planInfo(plan), moved };
}

function planInfo({ splits, moves, merges, hotKeys, shards, isPartial }: BalancePlan): BalancePlanInfo {
  return {
    splits: splits.map(keyBytes),
    moves: moves.map(({ start, end, bytes, load, ...move }) => ({
      ...move,
      start: keyBytes(start),
      end: end === undefined ? undefined : keyBytes(end),
      bytes: Math.round(bytes),
      load: Math.round(load),
    })),
    merges: merges.map(keyBytes),
    hotKeys: hotKeys.map(({ key, shard, load }) => ({ key: keyBytes(key), shard, load: Math.round(load) })),
    shards: shards.map(({ id, bytes, load, bytesAfter, loadAfter }) => ({
      id,
      bytes: Math.round(bytes),
      load: Math.round(load),
      bytesAfter: Math.round(bytesAfter),
      loadAfter: Math.round(loadAfter),
    })),
    isPartial,
  };
}
