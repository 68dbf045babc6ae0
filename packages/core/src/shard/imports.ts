import { PandaError } from '../errors/index.js';
import { spansOverlap, type Span } from '../keys/index.js';
import type { FinishedImport, ImportRow, OwnedRangeRow } from '../rows/index.js';

/** The imports of ranges that are on their way to a shard. */
export class Imports {
  readonly #shard: string;
  readonly #byMove = new Map<string, ImportRow>();

  constructor(shard: string, rows: readonly ImportRow[]) {
    this.#shard = shard;
    for (const row of rows) this.record(row);
  }

  get(move: string): ImportRow | undefined {
    return this.#byMove.get(move);
  }

  all(): ImportRow[] {
    return [...this.#byMove.values()];
  }

  record(row: ImportRow): void {
    this.#byMove.set(row.move, row);
  }

  forget(move: string): void {
    this.#byMove.delete(move);
  }

  /** An import whose span overlaps, other than that of a move. */
  overlapping(span: Span, except: string | undefined): ImportRow | undefined {
    return this.all().find((row) => row.move !== except && spansOverlap(row, span));
  }

  /** Throws `Conflict` unless all of what is gained was brought, as far as the source had got. */
  checkFinished(gained: readonly Span[], finished: FinishedImport | undefined, put: readonly OwnedRangeRow[]): void {
    if (gained.length === 0) return;
    const row = finished === undefined ? undefined : this.#byMove.get(finished.move);
    const isWhole = row?.stage === 'tail' && row.sequence >= finished!.sequence;
    if (isWhole && put.length === 1 && put[0]!.start === row.start && put[0]!.end === row.end) return;
    throw new PandaError('Conflict', 'The rows of the range have not all been brought to the shard', { shard: this.#shard });
  }
}
