import type { Comparison } from '../benchmark.js';
import type { Side } from './raw-store.js';

export interface SqlContext {
  readonly side: Side;
  /** How much of the work to do: 1 for figures that mean something, less to see that it runs. */
  readonly scale: number;
}

export interface SqlBenchmark {
  readonly name: string;
  readonly run: (context: SqlContext) => Promise<Comparison[]>;
}
