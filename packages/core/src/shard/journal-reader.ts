import type { Timestamp } from '../clock/index.js';
import type { Engine, EngineScanPage, KeyRange } from '../engine/index.js';
import {
  decodeJournalRow,
  journalRowKey,
  PartsDecoder,
  ROW_SPACE,
  rowKeyBytes,
  rowPrefixRange,
  type JournalRow,
} from '../rows/index.js';
import type { CommittedAttempt } from './commit-log.js';
import { SCAN_BYTES_MAX } from './scan-limits.js';
import { startOf, transactionOf } from './transaction-id.js';

const PAGE_ROWS = 256;
const SPACE_END = rowPrefixRange(ROW_SPACE.journal).end;

/** Reads a shard's journal. */
export class JournalReader {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** All groups from a sequence on, in order. */
  async *from(sequence: number): AsyncGenerator<JournalRow> {
    const parts = new PartsDecoder();
    let range: KeyRange | undefined = { start: rowKeyBytes(journalRowKey(sequence)), end: SPACE_END };
    while (range !== undefined) {
      const page: EngineScanPage = await this.#engine.scan(range, { limit: PAGE_ROWS, maxBytes: SCAN_BYTES_MAX });
      for (const [key, row] of page.entries) {
        const whole = parts.add(Buffer.from(key).toString('latin1'), row);
        if (whole !== undefined) yield decodeJournalRow(whole.rowKey, whole.payload);
      }
      range = page.rest;
    }
    parts.finish();
  }

  /**
   * The commit of any attempt of a transaction. Groups are in the order of time, and no group before the transaction's
   * start can hold it: the first candidate is found by bisection, the rest is read in order.
   */
  async findCommit(transaction: string, lastSequence: number): Promise<CommittedAttempt | undefined> {
    const id = transactionOf(transaction);
    const first = await this.#firstSince(startOf(id), lastSequence);
    for await (const group of this.from(first)) {
      const commit = group.commits.find(({ transaction: attempt }) => transactionOf(attempt) === id);
      if (commit !== undefined) return { attempt: commit.transaction, timestamp: commit.timestamp };
    }
    return undefined;
  }

  async #firstSince(timestamp: Timestamp, lastSequence: number): Promise<number> {
    let low = 0;
    let high = lastSequence + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const group = await this.#atOrAfter(middle);
      if (group === undefined || group.writtenAt >= timestamp) high = middle;
      else low = group.sequence + 1;
    }
    return low;
  }

  /** Sequences have gaps where a group held no rows. */
  async #atOrAfter(sequence: number): Promise<JournalRow | undefined> {
    for await (const group of this.from(sequence)) return group;
    return undefined;
  }
}
