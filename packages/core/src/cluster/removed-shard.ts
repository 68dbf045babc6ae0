import type { Peer } from '../shard/index.js';

/**
 * Stands for a shard that was removed, where others ask for it. It has finished all that it took part in before it was removed, so a
 * transaction that is still undecided elsewhere was never prepared there: it is aborted. What it has not heard it need not hear.
 */
export const REMOVED_SHARD: Peer = {
  vote: () => Promise.resolve({ state: 'aborted' }),
  apply: () => Promise.resolve(),
  resolve: () => Promise.resolve({}),
};
