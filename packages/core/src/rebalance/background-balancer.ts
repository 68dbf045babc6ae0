import type { Environment, Timer } from '../clock/index.js';
import type { BalanceBudget, BalanceProgress } from './balance-options.js';
import type { BalancePolicy } from './balance-policy.js';
import type { Balancer } from './balancer.js';

const EVERY_MS = 60_000;

/** How a database balances its shards by itself. */
export interface BackgroundBalance extends BalanceBudget, Partial<BalancePolicy> {
  /** The pause between the end of a balance and the look whether another is needed, in milliseconds. Default 60,000. */
  readonly everyMs?: number;
  readonly onProgress?: (progress: BalanceProgress) => void;
  /** Hears of what has failed; it is tried again after the pause. */
  readonly onError?: (error: unknown) => void;
}

/** Balances again and again as long as the database is open. */
export class BackgroundBalancer {
  readonly #environment: Environment;
  readonly #balancer: Balancer;
  readonly #options: BackgroundBalance;
  #timer: Timer | undefined;
  #isClosing = false;

  constructor(environment: Environment, balancer: Balancer, options: BackgroundBalance) {
    this.#environment = environment;
    this.#balancer = balancer;
    this.#options = options;
  }

  start(): void {
    if (this.#isClosing) return;
    this.#timer = this.#environment.setTimer(this.#options.everyMs ?? EVERY_MS, () => void this.#balance(), { background: true });
  }

  /** A balance under way is ended by whoever closes the balancer. */
  close(): void {
    this.#isClosing = true;
    this.#timer?.cancel();
  }

  async #balance(): Promise<void> {
    const { everyMs: _, onError, ...options } = this.#options;
    try {
      await this.#balancer.balance(options);
    } catch (error) {
      if (!this.#isClosing) onError?.(error);
    }
    this.start();
  }
}
