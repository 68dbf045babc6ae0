import type { Timestamp } from '../clock/index.js';
import type { Engine, EngineScanPage, KeyRange } from '../engine/index.js';
import {
  decodeJournalRow,
  journalRowKey,
  PartsDecoder,
  ROW_SPACE,
  rowKeyBytes,
  rowPrefixRange,
  sequenceOfJournalRowKey,
  type JournalRow,
} from '../rows/index.js';
import type { CommittedAttempt } from './commit-log.js';
import { SCAN_BYTES_MAX } from './scan-limits.js';
import { startOf, transactionOf } from './transaction-id.js';

/** So many groups are looked through in one call by who follows the journal, though none of them concerns him: then somebody else has a turn. */
export const GROUPS_MAX = 1_024;
const PAGE_ROWS = 256;
/** Where one group is asked for. Few rows are left over where some are of groups that are gone. */
const PAGE_ROWS_FOR_ONE = 4;
const SPACE_END = rowPrefixRange(ROW_SPACE.journal).end;

/** Up to this group the journal is gone. */
export interface JournalBegin {
  readonly sequence: number;
  readonly writtenAt: Timestamp;
}

/** Reads a shard's journal. */
export class JournalReader {
  readonly #engine: Engine;
  #begin: JournalBegin;

  constructor(engine: Engine, begin: JournalBegin = { sequence: 0, writtenAt: 0 }) {
    this.#engine = engine;
    this.#begin = begin;
  }

  /** The last group that is gone. */
  get begin(): JournalBegin {
    return this.#begin;
  }

  /** Whether a commit of a transaction would still be in the journal. */
  reachesTo(transaction: string): boolean {
    return startOf(transaction) >= this.#begin.writtenAt;
  }

  /** Groups up to this one are about to be removed: whoever reads passes over what is left of them. */
  willBeginAfter(begin: JournalBegin): void {
    this.#begin = begin;
  }

  /** All groups from a sequence on, in order. */
  from(sequence: number): AsyncGenerator<JournalRow> {
    return this.#groups(sequence, PAGE_ROWS);
  }

  async *#groups(sequence: number, firstPageRows: number): AsyncGenerator<JournalRow> {
    let limit = firstPageRows;
    let parts = new PartsDecoder();
    let last = 0;
    let range: KeyRange | undefined = { start: rowKeyBytes(journalRowKey(sequence)), end: SPACE_END };
    while (range !== undefined) {
      const page: EngineScanPage = await this.#engine.scan(range, { limit, maxBytes: SCAN_BYTES_MAX });
      limit = PAGE_ROWS;
      for (const [key, row] of page.entries) {
        const rowKey = Buffer.from(key).toString('latin1');
        const at = sequenceOfJournalRowKey(rowKey);
        if (at <= this.#begin.sequence) continue;
        // The rest of a row whose first part was read may be gone.
        if (at !== last && last <= this.#begin.sequence) parts = new PartsDecoder();
        last = at;
        const whole = parts.add(rowKey, row);
        if (whole !== undefined) yield decodeJournalRow(whole.rowKey, whole.payload);
      }
      range = page.rest;
    }
    if (last > this.#begin.sequence) parts.finish();
  }

  /**
   * The commit of any attempt of a transaction. Groups are in the order of time, and no group before the transaction's
   * start can hold it: the first candidate is found by bisection, the rest is read in order.
   */
  async findCommit(transaction: string, lastSequence: number): Promise<CommittedAttempt | undefined> {
    const id = transactionOf(transaction);
    const first = await this.firstSince(startOf(id), lastSequence);
    for await (const group of this.from(first)) {
      const commit = group.commits.find(({ transaction: attempt }) => transactionOf(attempt) === id);
      if (commit !== undefined) return { attempt: commit.transaction, timestamp: commit.timestamp };
    }
    return undefined;
  }

  /** The first sequence whose group can hold a commit at or after a timestamp. */
  async firstSince(timestamp: Timestamp, lastSequence: number): Promise<number> {
    let low = 0;
    let high = lastSequence + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const group = await this.first(middle);
      if (group === undefined || group.writtenAt >= timestamp) high = middle;
      else low = group.sequence + 1;
    }
    return low;
  }

  /** The first group from a sequence on. Sequences have gaps where a group held no rows. */
  async first(sequence: number): Promise<JournalRow | undefined> {
    for await (const group of this.#groups(sequence, PAGE_ROWS_FOR_ONE)) return group;
    return undefined;
  }
}
