import type { KeyRange } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import { spansOverlap, type Span } from '../keys/index.js';
import { encodeImportRow, importRowKey, type ImportRow } from '../rows/index.js';
import type { Group } from './group.js';
import type { GroupWriter } from './group-writer.js';
import type { Imports } from './imports.js';
import type { OwnedRanges } from './owned-ranges.js';
import type { DropRequest, ImportRequest } from './range-transfer.js';
import { rowRangesOf } from './row-export.js';
import type { ShardContext } from './shard-context.js';

const DROPPED_ROWS_MAX = 4_096;
const DROPPED_BYTES_MAX = 4 * 1024 * 1024;

/** Rows of ranges that the shard does not own: those on their way here, and those of ranges that have gone. */
export class RowImport {
  readonly #context: ShardContext;
  readonly #ranges: OwnedRanges;
  readonly #imports: Imports;
  readonly #writer: GroupWriter;
  /** The span of which rows went last, and what is left of its rows. */
  #dropping: { readonly span: Span; readonly left: readonly KeyRange[] } | undefined;
  /** Moves whose imports are removed, or are not to begin any more. */
  readonly #ended = new Set<string>();

  constructor(context: ShardContext, ranges: OwnedRanges, imports: Imports, writer: GroupWriter) {
    this.#context = context;
    this.#ranges = ranges;
    this.#imports = imports;
    this.#writer = writer;
  }

  async begin(progress: ImportRow): Promise<void> {
    if (this.#ended.has(progress.move)) throw this.#conflict('The move has ended');
    this.#checkForeign(progress, progress.move);
    // At once, so that no other begins beside it.
    this.#imports.record(progress);
    try {
      await this.#write(0, (group) => group.put(importRowKey(progress.move), encodeImportRow(progress)));
    } catch (error) {
      this.#imports.forget(progress.move);
      throw error;
    }
  }

  async write({ progress, rows, deletes }: ImportRequest): Promise<void> {
    const { move } = progress;
    if (this.#imports.get(move) === undefined || this.#ended.has(move))
      throw this.#conflict('There is no such import, or none any more');
    this.#checkForeign(progress, move);
    let bytes = 0;
    for (const [key, row] of rows) bytes += key.length + row.length;
    await this.#write(bytes, (group) => {
      group.addAll(rows, bytes);
      for (const key of deletes) group.remove(key);
      group.put(importRowKey(move), encodeImportRow(progress));
    });
    // The import may have ended while the rows were written.
    if (this.#imports.get(move) !== undefined) this.#imports.record(progress);
  }

  /** Some rows of a span go. With the last of them the import ends. */
  async drop({ span, move, ends, rowsMax = DROPPED_ROWS_MAX }: DropRequest): Promise<boolean> {
    if (ends && move !== undefined) await this.#stop(move);
    const limit = Math.min(rowsMax, DROPPED_ROWS_MAX);
    const all = rowRangesOf(span);
    // Engines step over what they have removed until they tidy up: what went just now is not looked at again and again.
    const left = this.#dropping?.span.start === span.start && this.#dropping.span.end === span.end ? this.#dropping.left : all;
    for (const [at, range] of left.entries()) {
      const page = await this.#context.engine.scan(range, { limit, maxBytes: DROPPED_BYTES_MAX });
      if (page.entries.length === 0) continue;
      // From this look to joining the group nothing awaits.
      this.#checkForeign(span, move);
      await this.#write(0, (group) => {
        for (const [key] of page.entries) group.remove(key);
      });
      this.#dropping = { span, left: [...(page.rest === undefined ? [] : [page.rest]), ...left.slice(at + 1)] };
      return false;
    }
    this.#dropping = undefined;
    // Once more from the start: nothing may be left.
    if (left !== all) return await this.drop({ span, move, ends, rowsMax });
    if (ends && move !== undefined && this.#imports.get(move) !== undefined) {
      await this.#write(0, (group) => group.delete(importRowKey(move)));
      this.#imports.forget(move);
    }
    return true;
  }

  /** A mover that does not know yet that the import ends must bring nothing behind what is removed. */
  async #stop(move: string): Promise<void> {
    if (this.#ended.has(move)) return;
    this.#ended.add(move);
    if (this.#imports.get(move) !== undefined) await this.#write(0, () => undefined);
  }

  /** What is served here, or about to be, or another's import, is left alone. */
  #checkForeign(span: Span, move: string | undefined): void {
    const isServed = this.#ranges.overlapping(span).length > 0 || this.#ranges.isComing(span);
    if (isServed) throw this.#conflict('The shard serves some of the keys itself');
    const other = this.#imports.overlapping(span, move);
    if (other !== undefined) throw this.#conflict('Some of the keys are being brought here by another move');
    const own = move === undefined ? undefined : this.#imports.get(move);
    if (own !== undefined && !spansOverlap(own, span)) throw this.#conflict('The move brings other keys');
  }

  #write(bytes: number, add: (group: Group) => void): Promise<void> {
    const group = this.#writer.openFor(bytes);
    add(group);
    const written = new Promise<void>((resolve, reject) => {
      group.members.push({ durable: resolve, failed: reject });
    });
    this.#writer.joined();
    return written;
  }

  #conflict(message: string): PandaError {
    return new PandaError('Conflict', message, { shard: this.#context.id });
  }
}
