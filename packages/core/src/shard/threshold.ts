import type { Timestamp } from '../clock/index.js';
import type { Key } from '../keys/index.js';

/** Of keys with this prefix, and no longer one that has a threshold of its own: what was superseded up to then may be gone. */
export interface Threshold {
  readonly prefix: Key;
  readonly timestamp: Timestamp;
}

/** The threshold of a key: that of its longest prefix; 0 where it has none. */
export function thresholdOf(key: Key, thresholds: readonly Threshold[]): Timestamp {
  let longest: Threshold | undefined;
  for (const threshold of thresholds) {
    if (!key.startsWith(threshold.prefix)) continue;
    if (longest === undefined || threshold.prefix.length > longest.prefix.length) longest = threshold;
  }
  return longest?.timestamp ?? 0;
}

/** For each prefix of either the later threshold, so that no key's goes back. */
export function laterOf(a: readonly Threshold[], b: readonly Threshold[]): Threshold[] {
  const prefixes = new Set([...a, ...b].map(({ prefix }) => prefix));
  return [...prefixes].map((prefix) => ({ prefix, timestamp: Math.max(thresholdOf(prefix, a), thresholdOf(prefix, b)) }));
}
