import type { BalanceProgress } from '@pandakv/core';
import type { Progress } from './progress.js';

const MIB = 1024 * 1024;

/** Shows how far a balance is: bytes copied, of those planned. */
export class BalanceProgressBar {
  readonly #progress: Progress;
  #phase: BalanceProgress['phase'] | undefined;

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  show({ phase, bytes, bytesPlanned, moved, moves }: BalanceProgress): void {
    const isMoving = phase === 'move';
    if (phase !== this.#phase) {
      if (this.#phase !== undefined) this.#progress.end();
      this.#phase = phase;
      if (isMoving) this.#progress.begin(phase, 'MiB', Math.max(1, Math.ceil(bytesPlanned / MIB)));
      else if (phase !== 'done') this.#progress.begin(phase, 'ranges', moves === 0 ? undefined : moves);
    }
    this.#progress.done(isMoving ? Math.ceil(bytes / MIB) : moved);
  }

  stop(): void {
    this.#progress.stop();
  }
}
