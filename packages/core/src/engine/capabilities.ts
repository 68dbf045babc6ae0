/**
 * What survives once a write has resolved.
 * - `synced`: everything, a loss of power included.
 * - `process-crash`: everything, unless the machine or the server's machine goes down.
 * - `none`: nothing survives the process (memory).
 */
export type Durability = 'synced' | 'process-crash' | 'none';

/** What an engine declares of itself. The conformance suite tests what is declared. */
export interface EngineCapabilities {
  readonly durability: Durability;
  /** The largest batch that one write takes, keys and values summed, in bytes. At least 32 MiB (`SPI_LIMITS.batchBytesMin`). */
  readonly batchBytesMax: number;
  /** True when `estimate` counts exactly. */
  readonly estimateExact: boolean;
  /** True when two processes may have the same store open at once. */
  readonly multiProcess: boolean;
}
