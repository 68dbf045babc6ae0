import type { Entry } from '../engine/index.js';
import { spanHolds, type Key, type Span } from '../keys/index.js';
import { currentRowKey, currentRowRange, historyRowKey, historyRowRange, rowKeyBytes } from '../rows/index.js';
import { GROUPS_MAX, type JournalReader } from './journal-reader.js';
import type { ChangesRequest, ExportedChanges, ExportedRows, ExportRequest, JournalPlace } from './range-transfer.js';
import type { RecentGroups } from './recent-groups.js';
import { SCAN_ROWS_MAX } from './scan-limits.js';
import type { ShardContext } from './shard-context.js';

/** About how many rows one answer tells of. */
const CHANGED_ROWS_MAX = 4_096;
/** How many are read at once, as long as it is not known how large they are. */
const READ_ROWS_FIRST = 64;
const READ_ROWS_MIN = 16;
const READ_ROWS_MAX = 256;

/** A row that the journal names. */
interface NamedRow {
  readonly rowKey: Uint8Array;
  readonly isCurrent: boolean;
  /** The group that names it. */
  readonly sequence: number;
  /** How many keys of the span the group names before it. */
  readonly keys: number;
}

/** The rows that lie in the engine, for another shard. */
export class RowExport {
  readonly #context: ShardContext;
  readonly #journal: JournalReader;
  readonly #recent: RecentGroups;
  readonly #lastSequence: () => number;
  /** Of the rows that were read last, on average. */
  #rowBytes: number | undefined;

  constructor(context: ShardContext, journal: JournalReader, recent: RecentGroups, lastSequence: () => number) {
    this.#context = context;
    this.#journal = journal;
    this.#recent = recent;
    this.#lastSequence = lastSequence;
  }

  async page({ span, space, cursor, maxBytes }: ExportRequest): Promise<ExportedRows> {
    const all = space === 'current' ? currentRowRange(span) : historyRowRange(span);
    const start = cursor === undefined ? all.start : rowKeyBytes(cursor);
    const page = await this.#context.engine.scan({ ...all, start }, { limit: 4 * SCAN_ROWS_MAX, maxBytes });
    return { rows: page.entries, cursor: page.rest && Buffer.from(page.rest.start).toString('latin1') };
  }

  /**
   * For each key that the journal names, its current row; for each version that it says was superseded, the row in history. A row may
   * be newer than the group that told of it: then a later group tells of it again. What was written just now is still at hand.
   */
  async changes({ span, after, maxBytes }: ChangesRequest): Promise<ExportedChanges> {
    const written =
      after.partly === undefined ? this.#recent.after(after.sequence, span, maxBytes, this.#lastSequence()) : undefined;
    if (written !== undefined) return this.#answer(written.rows, written.deletes, { sequence: written.sequence });
    const { named, sequence } = await this.#named(span, after);
    const rows: Entry[] = [];
    const deletes: Uint8Array[] = [];
    let bytes = 0;
    for (let at = 0; at < named.length;) {
      const some = named.slice(at, at + this.#readRows(maxBytes - bytes));
      const found = await this.#context.engine.get(some.map(({ rowKey }) => rowKey));
      for (const [index, name] of some.entries()) {
        const { rowKey, isCurrent } = name;
        const row = found[index];
        const size = rowKey.length + (row?.length ?? 0);
        if (bytes + size > maxBytes && !isSameKey(name, named[0]!)) return this.#answer(rows, deletes, placeBefore(name));
        bytes += size;
        if (row !== undefined) rows.push([rowKey, row]);
        else if (isCurrent) deletes.push(rowKey);
      }
      at += some.length;
      this.#rowBytes = bytes / at;
    }
    return this.#answer(rows, deletes, { sequence });
  }

  #answer(rows: Entry[], deletes: Uint8Array[], place: JournalPlace): ExportedChanges {
    return { rows, deletes, place, lag: this.#lastSequence() - place.sequence };
  }

  /** The rows to look at, in the order of the journal, and up to which group that is all. */
  async #named(span: Span, { sequence: after, partly }: JournalPlace): Promise<{ named: NamedRow[]; sequence: number }> {
    // What is in the journal up to here is in it before the look: groups without commits leave gaps.
    const last = this.#lastSequence();
    const seen = new Set<Key>();
    const named: NamedRow[] = [];
    let groups = 0;
    for await (const { sequence, commits } of this.#journal.from(after + 1)) {
      let keys = 0;
      for (const commit of commits) {
        for (const [at, key] of commit.keys.entries()) {
          if (!spanHolds(span, key)) continue;
          const isTold = partly?.sequence === sequence && keys < partly.keys;
          keys++;
          if (isTold) continue;
          const name = { sequence, keys: keys - 1 };
          if (!seen.has(key)) named.push({ ...name, rowKey: currentRowKey(key), isCurrent: true });
          seen.add(key);
          const superseded = commit.superseded[at]!;
          if (superseded > 0) named.push({ ...name, rowKey: historyRowKey(key, superseded), isCurrent: false });
        }
      }
      if (named.length >= CHANGED_ROWS_MAX || ++groups >= GROUPS_MAX) return { named, sequence };
    }
    return { named, sequence: last };
  }

  /** Rows that have about so many bytes, as far as can be told. */
  #readRows(bytes: number): number {
    if (this.#rowBytes === undefined) return READ_ROWS_FIRST;
    return Math.max(READ_ROWS_MIN, Math.min(READ_ROWS_MAX, Math.ceil(bytes / this.#rowBytes)));
  }
}

function placeBefore({ sequence, keys }: NamedRow): JournalPlace {
  return { sequence: sequence - 1, partly: keys === 0 ? undefined : { sequence, keys } };
}

/** Whether two rows are named by the same commit, for the same key. */
function isSameKey(one: NamedRow, other: NamedRow): boolean {
  return one.sequence === other.sequence && one.keys === other.keys;
}

/** All rows that a shard keeps of a span of keys. */
export function rowRangesOf(span: Span): ReturnType<typeof currentRowRange>[] {
  return [currentRowRange(span), historyRowRange(span)];
}
