import type { Client } from './client.js';
import type { History } from './history.js';

/** What the stores hold in the end, by key. */
export type FinalState = ReadonlyMap<string, string>;

/**
 * What clients do, and what must hold of it beside what is checked of every history. Keys are below {@link KEYS} and begin with two
 * digits, so that they spread over all shards.
 */
export interface Workload {
  readonly name: string;
  /** Writes what the others begin with. */
  setUp(client: Client): Promise<void>;
  /** One operation, or a few. */
  step(client: Client): Promise<void>;
  /** Answers what does not hold. */
  check(history: History, final: FinalState): string[];
}

/** Keys begin with a number below this. */
export const KEYS = 100;

export function keyOf(number: number, suffix = ''): string {
  return String(number % KEYS).padStart(2, '0') + suffix;
}
