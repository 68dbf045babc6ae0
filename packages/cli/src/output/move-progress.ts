import type { MovePhase, MoveProgress } from '@pandakv/core';
import { sizeText } from './bytes-size.js';
import type { Progress } from './progress.js';

const MIB = 1024 * 1024;

/** Shows how far moves are, one range after the other: bytes while it copies, groups behind while it tails, versions while it compares. */
export class RangeMoveProgress {
  readonly #progress: Progress;
  /** By range, about how many bytes it has. */
  readonly #bytes: ReadonlyMap<string, number>;
  #piece: string | undefined;
  #moved = { ranges: 0, rows: 0, bytes: 0, pauseMs: 0 };
  #last: MoveProgress | undefined;

  constructor(progress: Progress, bytes: ReadonlyMap<string, number>) {
    this.#progress = progress;
    this.#bytes = bytes;
  }

  show(now: MoveProgress): void {
    const piece = `${now.range} ${now.phase}`;
    if (piece !== this.#piece) {
      if (this.#piece !== undefined) this.#progress.end();
      this.#piece = piece;
      this.#begin(now);
    }
    this.#progress.done(countOf(now));
    this.#last = now;
    if (now.phase === 'done') this.#count(now);
  }

  stop(): void {
    this.#progress.stop();
  }

  /** What was moved by this process. */
  get moved(): { ranges: number; rows: number; bytes: number; pauseMs: number } {
    return { ...this.#moved };
  }

  /** In one line. */
  get summary(): string {
    const { ranges, rows, bytes, pauseMs } = this.#moved;
    if (ranges === 0) return this.#last === undefined ? 'There was nothing to move.' : 'The move has not ended.';
    return `Moved ${ranges} ranges: ${rows} rows, ${sizeText(bytes)}. Writes waited ${pauseMs} ms at most.`;
  }

  #begin({ range, phase, lag }: MoveProgress): void {
    const label = `${range} ${phase}`;
    const total = this.#bytes.get(range);
    if (phase === 'copy')
      this.#progress.begin(label, 'MiB', total === undefined ? undefined : Math.ceil(total / MIB) || undefined);
    else if (phase === 'tail') this.#progress.begin(label, 'groups behind', undefined);
    else this.#progress.begin(label, unitOf(phase), undefined);
    if (phase === 'tail') this.#progress.done(lag);
  }

  #count({ rows, bytes, pauseMs = 0 }: MoveProgress): void {
    const { ranges, rows: before, bytes: bytesBefore, pauseMs: longest } = this.#moved;
    this.#moved = { ranges: ranges + 1, rows: before + rows, bytes: bytesBefore + bytes, pauseMs: Math.max(longest, pauseMs) };
  }
}

function unitOf(phase: MovePhase): string {
  return phase === 'verify' ? 'versions' : 'rows';
}

function countOf({ phase, rows, bytes, lag, verified }: MoveProgress): number {
  if (phase === 'copy') return Math.floor(bytes / MIB);
  if (phase === 'tail') return lag;
  return phase === 'verify' ? verified : rows;
}
