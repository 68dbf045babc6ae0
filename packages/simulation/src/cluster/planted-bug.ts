/** Bugs that can be planted in the surroundings of core, to see that the simulation finds what they break. */
export const PLANTED_BUGS = [
  /** An engine whose crash loses batches that were synced. */
  'engine-loses-synced-writes',
  /** A network that answers commits that no leader has seen. */
  'network-answers-unmade-commits',
  /** A shard that answers `decide` before the outcome is durable, so that others apply beside it. */
  'decides-before-durable',
  /** An engine that does not check guards, so that a deposed leader still writes. */
  'engine-ignores-guards',
  /** A stub that calls a commit without an answer refused, so that it is made again. */
  'stub-retries-open-commits',
  /** A node that answers reads of a leader without looking whether it is still one. */
  'node-reads-unfenced',
  /** A destination of a move whose engine loses what is brought in the cut-over, after both sides were compared. */
  'move-loses-last-tail',
  /** An engine that does not remove the row of a range that is given to another shard, which is owned twice when it is opened again. */
  'engine-keeps-given-ranges',
] as const;

export type PlantedBug = (typeof PLANTED_BUGS)[number];
