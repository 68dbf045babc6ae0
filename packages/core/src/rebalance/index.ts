/** Changes of which ranges there are and which shard serves what. */
export type { BackgroundBalance } from './background-balancer.js';
export {
  checkBalanceOptions,
  type BalanceBudget,
  type BalanceOptions,
  type BalancePhase,
  type BalanceProgress,
} from './balance-options.js';
export type { BalancePlan } from './balance-plan.js';
export type { BalancePolicy } from './balance-policy.js';
export type { MovedByBalance } from './balance-run.js';
export type { BalanceOutcome } from './balancer.js';
export { lastRemoval } from './members.js';
export type { MigrationOptions, MigrationPhase, MigrationStart, MigrationStatus } from './migrate-status.js';
export { Migrations } from './migrations.js';
export type { MoveOptions, MovePhase, MoveProgress } from './move-progress.js';
export type { ActiveRange } from './range-activity.js';
export { all, allMoves } from './move-records.js';
export { Rebalancer } from './rebalancer.js';
export { SystemTransactions, type SystemAccess } from './system-transactions.js';
