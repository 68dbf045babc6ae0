import type { ModelOptions } from './model.js';

export interface Scope {
  readonly name: string;
  readonly options: ModelOptions;
  /** Takes seconds. */
  readonly isShort: boolean;
}

export const NO_HARM: ModelOptions = {
  transactions: 1,
  crashes: 0,
  losses: 0,
  duplicates: 0,
  recoveries: 0,
  lagMs: 0,
  bug: undefined,
};

/** Behind by more than the greatest offset: the coordinator aborts what all have prepared. */
export const LAG_MS = 2_000;

const short = (name: string, options: Partial<ModelOptions>): Scope => ({
  name,
  options: { ...NO_HARM, ...options },
  isShort: true,
});
const long = (name: string, options: Partial<ModelOptions>): Scope => ({ ...short(name, options), isShort: false });

/** What is explored to the end, the quickest first. */
export const SCOPES: readonly Scope[] = [
  short('any process dies at any step', { crashes: 1 }),
  short('any message is lost', { losses: 1 }),
  short('any message comes twice', { duplicates: 1 }),
  short('a shard recovers at any step', { recoveries: 1 }),
  short('a shard recovers what its coordinator aborts', { recoveries: 1, lagMs: LAG_MS }),
  long('two transactions', { transactions: 2 }),
  long('any process dies, and any message is lost', { crashes: 1, losses: 1 }),
  long('two shards recover at once', { recoveries: 2 }),
  long('two transactions, and any message is lost', { transactions: 2, losses: 1 }),
  long('two transactions, and any process dies', { transactions: 2, crashes: 1 }),
  long('any process dies, any message is lost, and a shard recovers', { crashes: 1, losses: 1, recoveries: 1 }),
  long('two transactions, and two shards recover at once', { transactions: 2, recoveries: 2 }),
  long('two transactions, any process dies, any message is lost, and two shards recover at once', {
    transactions: 2,
    crashes: 1,
    losses: 1,
    recoveries: 2,
  }),
];
