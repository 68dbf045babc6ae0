/** What a benchmark is given. */
export interface BenchmarkContext {
  /** An empty folder of its own; removed after. */
  readonly folder: string;
  /** How much of the work to do: 1 for figures that mean something, less to see that it runs. */
  readonly scale: number;
}

/** What the ratio is to be. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** One side of a comparison: what was measured, in what unit. */
export interface Figure {
  readonly what: string;
  readonly value: number;
}

/** A comparison: the ratio is Panda's figure over the other, as the median of rounds. */
export interface Comparison {
  readonly name: string;
  readonly unit: 'commits/s' | 'gets/s' | 'rows/s' | 'look-ups/s' | 'ms' | 'µs' | 'rows' | 'bytes' | 'errors';
  /** What Panda is compared with. */
  readonly base: Figure;
  readonly panda: Figure;
  readonly ratio: number;
  /** Missing where the comparison only informs. */
  readonly target?: Target | undefined;
}

export interface Benchmark {
  /** Also the name of its first comparison. */
  readonly name: string;
  readonly run: (context: BenchmarkContext) => Promise<Comparison[]>;
}

/** `full` times the scale, as a whole number, but at least `least`. */
export function scaled(full: number, scale: number, least: number): number {
  return Math.max(least, Math.round(full * scale));
}

export function isMet({ ratio, target }: Comparison): boolean {
  if (target === undefined) return true;
  return 'atLeast' in target ? ratio >= target.atLeast : ratio <= target.atMost;
}
