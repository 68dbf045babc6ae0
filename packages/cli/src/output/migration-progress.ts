import type { MigrationStatus } from '@pandakv/core';
import type { Progress } from './progress.js';

const MIB = 1024 * 1024;

type Piece = 'copy' | 'verify' | 'switch' | 'reverse';

/** Shows how far a migration is: bytes while it copies, versions while it compares, ranges while they change sides. */
export class MigrationProgress {
  readonly #progress: Progress;
  readonly #isVerifying: boolean;
  #piece: Piece | undefined;

  constructor(progress: Progress, isVerifying: boolean) {
    this.#progress = progress;
    this.#isVerifying = isVerifying;
  }

  show(status: MigrationStatus): void {
    const piece = this.#pieceOf(status);
    if (piece !== this.#piece) {
      if (this.#piece !== undefined) this.#progress.end();
      this.#piece = piece;
      if (piece !== undefined) this.#begin(piece, status);
    }
    if (piece !== undefined) this.#progress.done(countOf(piece, status));
  }

  stop(): void {
    this.#progress.stop();
  }

  #pieceOf({ phase }: MigrationStatus): Piece | undefined {
    if (phase === 'copy' || phase === 'switch' || phase === 'reverse') return phase;
    return this.#isVerifying ? 'verify' : undefined;
  }

  #begin(piece: Piece, { ranges, bytesEstimated }: MigrationStatus): void {
    if (piece === 'verify') this.#progress.begin(piece, 'versions');
    else if (piece === 'copy') this.#progress.begin(piece, 'MiB', Math.ceil(bytesEstimated / MIB) || undefined);
    else this.#progress.begin(piece, 'ranges', ranges);
  }
}

function countOf(piece: Piece, { bytes, verified, switched, ranges }: MigrationStatus): number {
  if (piece === 'copy') return Math.floor(bytes / MIB);
  if (piece === 'verify') return verified;
  return piece === 'switch' ? switched : ranges - switched;
}
