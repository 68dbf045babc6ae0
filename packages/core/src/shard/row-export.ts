import type { Entry } from '../engine/index.js';
import { spanHolds, type Key, type Span } from '../keys/index.js';
import { currentRowKey, currentRowRange, historyRowKey, historyRowRange, rowKeyBytes } from '../rows/index.js';
import type { JournalReader } from './journal-reader.js';
import type { ChangesRequest, ExportedChanges, ExportedRows, ExportRequest } from './range-transfer.js';
import { SCAN_ROWS_MAX } from './scan-limits.js';
import type { ShardContext } from './shard-context.js';

/** About how many changed keys one answer tells of. */
const CHANGED_KEYS_MAX = 2_048;

/** The rows that lie in the engine, for another shard. */
export class RowExport {
  readonly #context: ShardContext;
  readonly #journal: JournalReader;
  readonly #lastSequence: () => number;

  constructor(context: ShardContext, journal: JournalReader, lastSequence: () => number) {
    this.#context = context;
    this.#journal = journal;
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
   * be newer than the group that told of it: then a later group tells of it again.
   */
  async changes({ span, after }: ChangesRequest): Promise<ExportedChanges> {
    // What is in the journal up to here is in it before the look: groups without commits leave gaps.
    let sequence = this.#lastSequence();
    const keys = new Set<Key>();
    const rowKeys: Uint8Array[] = [];
    for await (const group of this.#journal.from(after + 1)) {
      for (const commit of group.commits) {
        for (const [at, key] of commit.keys.entries()) {
          if (!spanHolds(span, key)) continue;
          keys.add(key);
          const superseded = commit.superseded[at]!;
          if (superseded > 0) rowKeys.push(historyRowKey(key, superseded));
        }
      }
      if (keys.size + rowKeys.length < CHANGED_KEYS_MAX) continue;
      sequence = group.sequence;
      break;
    }
    const current = [...keys].map((key) => currentRowKey(key));
    const found = await this.#context.engine.get([...current, ...rowKeys]);
    const rows: Entry[] = [];
    const deletes: Uint8Array[] = [];
    for (const [at, rowKey] of [...current, ...rowKeys].entries()) {
      const row = found[at];
      if (row !== undefined) rows.push([rowKey, row]);
      else if (at < current.length) deletes.push(rowKey);
    }
    return { rows, deletes, sequence, lag: this.#lastSequence() - sequence };
  }
}

/** All rows that a shard keeps of a span of keys. */
export function rowRangesOf(span: Span): ReturnType<typeof currentRowRange>[] {
  return [currentRowRange(span), historyRowRange(span)];
}
