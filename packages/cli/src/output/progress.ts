import cliProgress from 'cli-progress';

/** Says on standard error how far a long piece of work is. */
export interface Progress {
  /** Begins a piece of work. Without a total, what is done is counted. */
  begin(label: string, unit: string, total?: number): void;
  /** How much is done by now. */
  done(count: number): void;
  /** The piece of work is at its end. */
  end(): void;
  /** The work ends here, whether it is at its end or not. */
  stop(): void;
}

/** How often a plain line is printed, in milliseconds. */
const LINE_EVERY_MS = 5_000;

/** A bar where somebody watches a terminal, else plain lines now and then. */
export function createProgress(note: (text: string) => void): Progress {
  return process.stderr.isTTY ? new BarProgress() : new LineProgress(note);
}

class BarProgress implements Progress {
  #bar: cliProgress.SingleBar | undefined;

  begin(label: string, unit: string, total?: number): void {
    const counted = `${label.padEnd(9)} {value} ${unit}, {duration_formatted}`;
    const format =
      total === undefined
        ? counted
        : `${label.padEnd(9)} {bar} {percentage}% | {value}/{total} ${unit}, {duration_formatted}, {eta_formatted} left`;
    this.#bar = new cliProgress.SingleBar(
      { format, stream: process.stderr, clearOnComplete: false, hideCursor: true, gracefulExit: false },
      cliProgress.Presets.shades_classic,
    );
    this.#bar.start(total ?? 0, 0);
  }

  done(count: number): void {
    this.#bar?.update(count);
  }

  end(): void {
    this.stop();
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

class LineProgress implements Progress {
  readonly #note: (text: string) => void;
  #piece: { label: string; unit: string; total: number | undefined; count: number; nextAt: number } | undefined;

  constructor(note: (text: string) => void) {
    this.#note = note;
  }

  begin(label: string, unit: string, total?: number): void {
    this.#piece = { label, unit, total, count: 0, nextAt: performance.now() + LINE_EVERY_MS };
    this.#note(`${label}: begun`);
  }

  done(count: number): void {
    if (this.#piece === undefined) return;
    this.#piece.count = count;
    if (performance.now() < this.#piece.nextAt) return;
    this.#piece.nextAt = performance.now() + LINE_EVERY_MS;
    this.#print('');
  }

  end(): void {
    this.#print(', done');
    this.stop();
  }

  stop(): void {
    this.#piece = undefined;
  }

  #print(suffix: string): void {
    if (this.#piece === undefined) return;
    const { label, unit, total, count } = this.#piece;
    this.#note(`${label}: ${count}${total === undefined ? '' : ` of ${total}`} ${unit}${suffix}`);
  }
}
