/** How the network misbehaves; probabilities are of one message, answers included. */
export interface NetworkFaults {
  readonly drop: number;
  readonly duplicate: number;
  /** Takes up to {@link delayMs} instead of a moment, so that later ones overtake it. */
  readonly delay: number;
  readonly delayMs: number;
}

export const NO_NETWORK_FAULTS: NetworkFaults = Object.freeze({ drop: 0, duplicate: 0, delay: 0, delayMs: 0 });
