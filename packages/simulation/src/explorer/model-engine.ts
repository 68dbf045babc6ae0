import type { Engine, EngineScanOptions, EngineScanPage, KeyRange, RangeEstimate, WriteBatch } from '@pandakv/core/engine';
import { SPI_LIMITS } from '@pandakv/core/engine';
import type { Store } from '../engine/store.js';
import type { ExplorerScheduler } from './explorer-scheduler.js';
import { textOfBatch } from './row-text.js';

/** A batch under way. */
export interface PendingWrite {
  readonly label: string;
  /** Whether the guard is another one than the batch expects: it will never be that one again. */
  isKeptOut(): boolean;
}

export interface ModelEngineParts {
  /** Whose events the completions are. */
  readonly component: string;
  readonly store: Store;
  readonly scheduler: ExplorerScheduler;
  /** What is under way, by label. */
  readonly writes: Map<string, PendingWrite>;
}

/** An engine of which only the completion of a write is an event: reads are answered at once. */
export class ModelEngine implements Engine {
  readonly capabilities = {
    durability: 'synced' as const,
    batchBytesMax: SPI_LIMITS.batchBytesMin * 2,
    estimateExact: true,
    multiProcess: true,
  };
  readonly #parts: ModelEngineParts;

  constructor(parts: ModelEngineParts) {
    this.#parts = parts;
  }

  get(keys: readonly Uint8Array[]): readonly (Uint8Array | undefined)[] {
    return this.#parts.store.get(keys);
  }

  scan(range: KeyRange, options: EngineScanOptions): EngineScanPage {
    return this.#parts.store.scan(range, options);
  }

  /** A write of a process that is dead by then applies all the same, and nobody hears of it. */
  write(batch: WriteBatch): Promise<void> {
    const { component, store, scheduler, writes } = this.#parts;
    const label = scheduler.unique(`${component} writes ${textOfBatch(batch)}`);
    writes.set(label, { label, isKeptOut: () => isKeptOut(batch, store) });
    return new Promise((resolve, reject) => {
      scheduler.schedule(0, {
        kind: 'engine',
        label,
        run: () => {
          writes.delete(label);
          try {
            store.sync(store.apply(batch));
            resolve();
          } catch (error) {
            reject(error);
          }
        },
      });
    });
  }

  estimate(): RangeEstimate {
    return { keys: this.#parts.store.rows.size, bytes: 0 };
  }

  async close(): Promise<void> {}
}

function isKeptOut({ guard }: WriteBatch, store: Store): boolean {
  if (guard === undefined) return false;
  const held = store.rows.get(Buffer.from(guard.key).toString('latin1'));
  if (held === undefined || guard.expected === undefined) return held !== guard.expected;
  return Buffer.compare(held, guard.expected) !== 0;
}
