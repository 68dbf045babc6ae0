import cliProgress from 'cli-progress';
import { Rate, rateText } from './rate.js';

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

/** Of what else is counted, how much a second tells nothing. */
const RATED_UNITS: readonly string[] = ['MiB', 'rows', 'versions'];

/** A bar where somebody watches a terminal, else plain lines now and then. */
export function createProgress(note: (text: string) => void): Progress {
  return process.stderr.isTTY ? new BarProgress() : new LineProgress(note);
}

class BarProgress implements Progress {
  #bar: cliProgress.SingleBar | undefined;
  #unit = '';
  #rate = new Rate();

  begin(label: string, unit: string, total?: number): void {
    const rate = RATED_UNITS.includes(unit) ? ', {rate}' : '';
    const counted = `${label.padEnd(9)} {value} ${unit}, {duration_formatted}${rate}`;
    const format =
      total === undefined
        ? counted
        : `${label.padEnd(9)} {bar} {percentage}% | {value}/{total} ${unit}, {duration_formatted}${rate}, {eta_formatted} left`;
    this.#bar = new cliProgress.SingleBar(
      { format, stream: process.stderr, clearOnComplete: false, hideCursor: true, gracefulExit: false },
      cliProgress.Presets.shades_classic,
    );
    this.#unit = unit;
    this.#rate = new Rate();
    this.#bar.start(total ?? 0, 0, { rate: rateText(undefined, unit) });
  }

  done(count: number): void {
    this.#bar?.update(count, { rate: rateText(this.#rate.at(count), this.#unit) });
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
  #piece: { label: string; unit: string; total: number | undefined; count: number; nextAt: number; rate: Rate } | undefined;

  constructor(note: (text: string) => void) {
    this.#note = note;
  }

  begin(label: string, unit: string, total?: number): void {
    this.#piece = { label, unit, total, count: 0, nextAt: performance.now() + LINE_EVERY_MS, rate: new Rate() };
    this.#note(`${label}: begun`);
  }

  done(count: number): void {
    if (this.#piece === undefined) return;
    this.#piece.count = count;
    const rate = this.#piece.rate.at(count);
    if (performance.now() < this.#piece.nextAt) return;
    this.#piece.nextAt = performance.now() + LINE_EVERY_MS;
    this.#print(RATED_UNITS.includes(this.#piece.unit) ? `, ${rateText(rate, this.#piece.unit)}` : '');
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
