import type { Engine, EngineScanOptions, EngineScanPage, KeyRange, RangeEstimate, WriteBatch } from '@pandakv/core/engine';
import { SPI_LIMITS } from '@pandakv/core/engine';
import type { Store } from '../engine/store.js';
import type { Scheduler } from '../kernel/scheduler.js';

/** An engine of which only the completion of a write is an event: reads are answered at once. */
export class ModelEngine implements Engine {
  readonly capabilities = {
    durability: 'synced' as const,
    batchBytesMax: SPI_LIMITS.batchBytesMin * 2,
    estimateExact: true,
    multiProcess: true,
  };
  readonly #store: Store;
  readonly #scheduler: Scheduler;
  readonly #component: string;

  /** @param component whose events the completions are. */
  constructor(store: Store, scheduler: Scheduler, component: string) {
    this.#store = store;
    this.#scheduler = scheduler;
    this.#component = component;
  }

  get(keys: readonly Uint8Array[]): readonly (Uint8Array | undefined)[] {
    return this.#store.get(keys);
  }

  scan(range: KeyRange, options: EngineScanOptions): EngineScanPage {
    return this.#store.scan(range, options);
  }

  /** A write of a process that is dead by then applies all the same, and nobody hears of it. */
  write(batch: WriteBatch): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#scheduler.schedule(0, {
        kind: 'engine',
        label: `${this.#component} writes`,
        run: () => {
          try {
            this.#store.sync(this.#store.apply(batch));
            resolve();
          } catch (error) {
            reject(error);
          }
        },
      });
    });
  }

  estimate(): RangeEstimate {
    return { keys: this.#store.rows.size, bytes: 0 };
  }

  async close(): Promise<void> {}
}
