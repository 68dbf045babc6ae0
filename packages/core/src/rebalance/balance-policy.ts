/** What is even enough, and how ranges are divided. */
export interface BalancePolicy {
  /** Bytes are even when no shard is off its share by more than this part of it. Default 0.1. */
  readonly tolerance: number;
  /** A shard that is off by fewer bytes than this is even anyway. Default 1 MiB. */
  readonly bytesMin: number;
  /** Load is even when no shard has more than its share by more than this part of it. Default 0.3. */
  readonly loadTolerance: number;
  /** A shard that is over its share by fewer requests a second than this is even anyway. Default 1,000. */
  readonly loadMin: number;
  /** Larger ranges are divided. Default 1 GiB. */
  readonly rangeBytesMax: number;
  /** Neighbours on one shard that have no more than this together, and little load, are joined. Default 1 MiB; 0 for never. */
  readonly mergeBytesMax: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_BALANCE_POLICY: BalancePolicy = Object.freeze({
  tolerance: 0.1,
  bytesMin: MIB,
  loadTolerance: 0.3,
  loadMin: 1_000,
  rangeBytesMax: 1_024 * MIB,
  mergeBytesMax: MIB,
});
