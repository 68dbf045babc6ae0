const MIB = 1024 * 1024;

/** Limits of the SPI: every engine takes all of this, and core never sends more. Users' limits are lower. */
export const SPI_LIMITS = Object.freeze({
  /** Keys are any bytes, 1 to this many. */
  keyBytesMax: 2_600,
  /** Values are any bytes, none to this many. */
  valueBytesMax: 4 * MIB,
  /** Every engine's `batchBytesMax` is at least this. */
  batchBytesMin: 32 * MIB,
});
