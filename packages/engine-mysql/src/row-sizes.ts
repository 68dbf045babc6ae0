/** How much more than the mean is asked for, so that a page is seldom read twice. */
const MARGIN = 1.25;

/**
 * How large rows have been lately: the mean of the last pages, by the first byte of their range, since rows of a kind lie
 * together.
 */
export class RowSizes {
  readonly #means = new Float64Array(256);

  /** How many rows will probably fill so many bytes, and one behind them; without an idea, any number. */
  rowsFor(bytes: number, start: Uint8Array): number {
    const mean = this.#means[start[0] ?? 0]!;
    return mean === 0 ? Infinity : Math.max(1, Math.ceil((bytes / mean) * MARGIN)) + 1;
  }

  note(rows: number, bytes: number, start: Uint8Array): void {
    if (rows === 0) return;
    const place = start[0] ?? 0;
    const before = this.#means[place]!;
    this.#means[place] = before === 0 ? bytes / rows : (before + bytes / rows) / 2;
  }
}
