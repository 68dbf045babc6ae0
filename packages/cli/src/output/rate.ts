const MS_PER_SECOND = 1_000;

/** How much a second, from when the first count came: what was done before that is not of this run. */
export class Rate {
  readonly #now: () => number;
  #first: { readonly count: number; readonly atMs: number } | undefined;

  /** @param now in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The mean until now; undefined while no time has passed. */
  at(count: number): number | undefined {
    const atMs = this.#now();
    this.#first ??= { count, atMs };
    const ms = atMs - this.#first.atMs;
    return ms > 0 ? ((count - this.#first.count) * MS_PER_SECOND) / ms : undefined;
  }
}

/** For people: `1.5 MiB/s`. */
export function rateText(rate: number | undefined, unit: string): string {
  return `${rate === undefined ? '–' : rate.toFixed(rate < 100 ? 1 : 0)} ${unit}/s`;
}
