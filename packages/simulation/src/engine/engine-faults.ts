/** How an engine misbehaves; probabilities are of one operation. */
export interface EngineFaults {
  /** The operation fails and was not applied. */
  readonly failBefore: number;
  /** The write fails although it was applied. */
  readonly failAfter: number;
  /** It takes up to {@link slowMs}. */
  readonly slow: number;
  readonly slowMs: number;
}

export const NO_ENGINE_FAULTS: EngineFaults = Object.freeze({ failBefore: 0, failAfter: 0, slow: 0, slowMs: 0 });
