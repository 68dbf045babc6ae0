import type { Router } from '../catalog/index.js';
import type { Environment } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import type { RangeTransfer } from '../shard/index.js';
import { policyOf, type BalanceOptions } from './balance-options.js';
import { planBalance, type BalancePlan } from './balance-plan.js';
import { BalanceRun, type MovedByBalance, type RangeChanges } from './balance-run.js';
import { survey } from './balance-survey.js';

export interface BalancerParts {
  readonly environment: Environment;
  readonly router: Router;
  readonly transfer: (shard: string) => RangeTransfer;
  readonly bytesMax: (shard: string) => number;
  readonly changes: RangeChanges;
}

export interface BalanceOutcome {
  /** The first plan. What was left by a move that had been cut off is not in it. */
  readonly plan: BalancePlan;
  readonly moved: MovedByBalance;
}

/** More plans than this in a row mean that others change what is planned. */
const PLANS_MAX = 100;

/** Plans how the shards get even, and carries it out within a budget. */
export class Balancer {
  readonly #parts: BalancerParts;
  #running: Promise<unknown> | undefined;
  #isClosing = false;

  constructor(parts: BalancerParts) {
    this.#parts = parts;
  }

  /** Plans, and carries the plan out unless only the plan is wanted. One at a time. */
  async balance(options: BalanceOptions): Promise<BalanceOutcome> {
    if (options.plan === true) return { plan: await this.#plan(options), moved: { ranges: 0, rows: 0, bytes: 0, refused: 0 } };
    if (this.#running !== undefined) throw new PandaError('InvalidArgument', 'The shards are being balanced by this process');
    const running = this.#balance(options).finally(() => (this.#running = undefined));
    this.#running = running;
    return await running;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.allSettled([this.#running]);
  }

  async #balance(options: BalanceOptions): Promise<BalanceOutcome> {
    const { environment, transfer, changes } = this.#parts;
    const commits = async () => {
      const loads = await Promise.all((await changes.members()).map(({ shard }) => transfer(shard).load()));
      return loads.flatMap((load) => load.commits);
    };
    const run = new BalanceRun({ environment, changes, commits }, options, () => this.#isClosing);
    await run.begin();
    let first: BalancePlan | undefined;
    for (let plans = 0; plans < PLANS_MAX; plans++) {
      run.planning();
      const plan = await this.#plan(options);
      first ??= plan;
      await run.carryOut(plan);
      if (!plan.isPartial) break;
    }
    await run.end();
    return { plan: first!, moved: run.total };
  }

  async #plan(options: BalanceOptions): Promise<BalancePlan> {
    const { router, transfer, bytesMax, changes } = this.#parts;
    const [members, moves] = await Promise.all([changes.members(), changes.allMoves()]);
    await router.refresh({ start: '', end: undefined });
    const shards = members.map(({ shard, state }) => ({
      id: shard,
      isDraining: state === 'draining',
      bytesMax: bytesMax(shard),
    }));
    return planBalance(await survey({ router, transfer }, { shards, moves }, policyOf(options)));
  }
}
