import type { AnomalyType } from './anomaly-types.js';

export interface CycleStep {
  readonly from: number;
  readonly to: number;
  /** The kind of the edge, of `EDGE`. */
  readonly kind: number;
}

/** An anomaly as it is found: transactions by number. */
export interface Finding {
  readonly transactions: readonly number[];
  readonly text: string;
  readonly cycle?: readonly CycleStep[];
}

/** Gathers findings: counts all, and keeps the first few of each type. */
export class Findings {
  readonly #byType = new Map<AnomalyType, { count: number; examples: Finding[] }>();

  constructor(readonly maxExamples: number) {}

  /** @param describe is called only if the finding is kept */
  add(type: AnomalyType, transactions: readonly number[], describe: () => string, cycle?: readonly CycleStep[]): void {
    const entry = this.#byType.get(type) ?? { count: 0, examples: [] };
    this.#byType.set(type, entry);
    entry.count += 1;
    if (entry.examples.length >= this.maxExamples) return;
    entry.examples.push({ transactions, text: describe(), ...(cycle === undefined ? {} : { cycle }) });
  }

  isFull(type: AnomalyType): boolean {
    return (this.#byType.get(type)?.examples.length ?? 0) >= this.maxExamples;
  }

  has(type: AnomalyType): boolean {
    return this.#byType.has(type);
  }

  types(): AnomalyType[] {
    return [...this.#byType.keys()];
  }

  get(type: AnomalyType): { readonly count: number; readonly examples: readonly Finding[] } {
    return this.#byType.get(type) ?? { count: 0, examples: [] };
  }
}
