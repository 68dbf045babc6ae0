/** Changes of which ranges there are and which shard serves what. */
export type { MigrationOptions, MigrationPhase, MigrationStart, MigrationStatus } from './migrate-status.js';
export { Migrations } from './migrations.js';
export type { MoveOptions, MovePhase, MoveProgress } from './move-progress.js';
export type { SizedRange } from './range-sizes.js';
export { Rebalancer } from './rebalancer.js';
export { SystemTransactions } from './system-transactions.js';
