/** Changes of which ranges there are and which shard serves what. */
export { Rebalancer } from './rebalancer.js';
export { SystemTransactions } from './system-transactions.js';
