import type { Key, Span } from '../keys/index.js';
import type { BalancePolicy } from './balance-policy.js';

/** A shard, as the planner sees it. */
export interface BalanceShard {
  readonly id: string;
  /** It takes no ranges, and those that it has go to others. */
  readonly isDraining: boolean;
  /** About how many bytes of rows it has room for. */
  readonly bytesMax: number;
}

/** A part of a range, up to where the next one begins: ranges are divided between parts. */
export interface BalanceSlice {
  readonly start: Key;
  readonly bytes: number;
  /** Requests a second. */
  readonly load: number;
}

/** A range, as the planner sees it. */
export interface BalanceRange extends Span {
  readonly id: string;
  readonly shard: string;
  /** It moves already, or migrates: it stays as it is. */
  readonly isFixed: boolean;
  /** At least one, in key order; the first begins where the range does. */
  readonly slices: readonly BalanceSlice[];
}

/** A key that many requests name. */
export interface KeyLoad {
  readonly key: Key;
  readonly shard: string;
  readonly load: number;
}

/** What a plan is made from. */
export interface BalanceInput {
  readonly shards: readonly BalanceShard[];
  /** In key order, over the whole keyspace. */
  readonly ranges: readonly BalanceRange[];
  readonly keys: readonly KeyLoad[];
  readonly policy: BalancePolicy;
}
