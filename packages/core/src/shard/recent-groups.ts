import type { Entry } from '../engine/index.js';
import { spanHolds, type Span } from '../keys/index.js';
import { historyRowRange } from '../rows/index.js';
import type { Group } from './group.js';

/** What was written of late is kept up to this many bytes. */
const BYTES_MAX = 4 * 1024 * 1024;

/** Rows that groups wrote, up to a sequence. */
export interface WrittenRows {
  readonly rows: Entry[];
  /** Row keys of keys that have no current row any more. */
  readonly deletes: Uint8Array[];
  readonly sequence: number;
}

interface WrittenGroup {
  readonly sequence: number;
  readonly group: Group;
}

/**
 * The groups that were written last, while somebody follows the shard: their rows need not be read from the engine, nor what they are
 * from the journal. Nothing is kept before the first look, and nothing any more when too much has come since the last one.
 */
export class RecentGroups {
  readonly #bytesMax: number;
  #groups: WrittenGroup[] = [];
  #bytes = 0;
  /** Of those that came since the last look. */
  #unasked = 0;
  /** Whatever was written after this sequence is here; undefined while nothing is kept. */
  #since: number | undefined;

  constructor(bytesMax = BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** A group is in the engine. */
  written(group: Group, sequence: number): void {
    if (this.#since === undefined || group.commits.length === 0) return;
    this.#groups.push({ sequence, group });
    this.#bytes += group.bytes;
    this.#unasked += group.bytes;
    if (this.#unasked > this.#bytesMax) this.#forget();
    else if (this.#bytes > this.#bytesMax) this.#dropHalf();
  }

  /**
   * What groups after a sequence wrote in a span, up to about so many bytes; undefined where not all of that is here. What was written
   * up to `last` is here or in the engine.
   */
  after(sequence: number, span: Span, maxBytes: number, last: number): WrittenRows | undefined {
    this.#unasked = 0;
    this.#since ??= last;
    if (sequence < this.#since) return undefined;
    const collected = new RowsInSpan(span);
    let upTo = sequence;
    for (const { group, sequence: at } of this.#groups) {
      if (at <= sequence) continue;
      if (collected.bytes + group.bytes > maxBytes) return collected.isEmpty ? undefined : collected.upTo(upTo);
      collected.add(group);
      upTo = at;
    }
    return collected.upTo(last);
  }

  /** The older ones. */
  #dropHalf(): void {
    const count = Math.ceil(this.#groups.length / 2);
    for (const { group, sequence } of this.#groups.slice(0, count)) {
      this.#bytes -= group.bytes;
      this.#since = sequence;
    }
    this.#groups = this.#groups.slice(count);
  }

  #forget(): void {
    this.#groups = [];
    this.#bytes = 0;
    this.#unasked = 0;
    this.#since = undefined;
  }
}

/** Of some groups, in their order, the rows of the keys of a span: of each key the newest current row, and all that came into history. */
class RowsInSpan {
  readonly #span: Span;
  readonly #historyStart: Uint8Array;
  readonly #historyEnd: Uint8Array | undefined;
  readonly #history: Entry[] = [];
  readonly #current = new Map<string, { readonly rowKey: Uint8Array; readonly row: Uint8Array | undefined }>();
  bytes = 0;

  constructor(span: Span) {
    this.#span = span;
    const { start, end } = historyRowRange(span);
    this.#historyStart = start;
    this.#historyEnd = end;
  }

  get isEmpty(): boolean {
    return this.bytes === 0;
  }

  add(group: Group): void {
    this.bytes += group.bytes;
    for (const version of group.versions.values()) {
      if (spanHolds(this.#span, version.key)) this.#current.set(version.key, version);
    }
    for (const entry of group.added) if (this.#isHistory(entry[0])) this.#history.push(entry);
  }

  upTo(sequence: number): WrittenRows {
    const rows = this.#history;
    const deletes: Uint8Array[] = [];
    for (const { rowKey, row } of this.#current.values()) {
      if (row === undefined) deletes.push(rowKey);
      else rows.push([rowKey, row]);
    }
    return { rows, deletes, sequence };
  }

  #isHistory(rowKey: Uint8Array): boolean {
    if (rowKey[0] !== this.#historyStart[0]) return false;
    if (Buffer.compare(rowKey, this.#historyStart) < 0) return false;
    return this.#historyEnd === undefined || Buffer.compare(rowKey, this.#historyEnd) < 0;
  }
}
