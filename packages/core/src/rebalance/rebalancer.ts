import type { Router } from '../catalog/index.js';
import type { Key } from '../keys/index.js';
import { merge } from './merge.js';
import { split } from './split.js';
import type { SystemTransactions } from './system-transactions.js';

export interface RebalancerParts {
  readonly transactions: SystemTransactions;
  /** Of users' keys; told of what changes here. */
  readonly router: Router;
}

/** Changes which ranges there are and who serves them, while clients read and write. */
export class Rebalancer {
  readonly #parts: RebalancerParts;

  constructor(parts: RebalancerParts) {
    this.#parts = parts;
  }

  /** Divides the range that holds the key, so that one begins there. */
  async split(key: Key): Promise<void> {
    const { transactions, router } = this.#parts;
    await router.refresh(await split(transactions, key));
  }

  /** Joins the range that begins at the key to the one before it. */
  async merge(key: Key): Promise<void> {
    const { transactions, router } = this.#parts;
    await router.refresh(await merge(transactions, key));
  }
}
