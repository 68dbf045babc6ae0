import type { Timestamp } from '../clock/index.js';
import type { Engine, EngineScanPage, KeyRange } from '../engine/index.js';
import {
  arrivalRowKey,
  decodeStamped,
  historyRowRange,
  parseHistoryRowKey,
  rowKeyBytes,
  type ArrivalRow,
} from '../rows/index.js';
import type { Pace } from './pace.js';
import { SCAN_BYTES_MAX } from './scan-limits.js';
import { thresholdOf } from './threshold.js';
import type { Thresholds } from './thresholds.js';

const PAGE_ROWS = 1_024;

/** Removes rows in the next group; resolves when that is written. */
export type RemoveRows = (bytes: number, add: (remove: (rowKey: Uint8Array) => void) => void) => Promise<void>;

/**
 * Ranges that came here with history that the journal here does not name. When all of it is due, the rows are looked through once.
 */
export class ArrivedRanges {
  readonly #engine: Engine;
  readonly #rows: Map<string, ArrivalRow>;

  constructor(engine: Engine, rows: readonly ArrivalRow[]) {
    this.#engine = engine;
    this.#rows = new Map(rows.map((row) => [row.move, row]));
  }

  /** When what came first was superseded at the latest; undefined when nothing is left of any. */
  get oldest(): Timestamp | undefined {
    return this.#rows.size === 0 ? undefined : Math.min(...[...this.#rows.values()].map(({ timestamp }) => timestamp));
  }

  record(row: ArrivalRow): void {
    this.#rows.set(row.move, row);
  }

  async collect(thresholds: Thresholds, pace: Pace, remove: RemoveRows): Promise<void> {
    for (const row of [...this.#rows.values()]) {
      if (thresholds.earliestIn(row) < row.timestamp) continue;
      let range: KeyRange | undefined = historyRowRange(row);
      while (range !== undefined) {
        const page: EngineScanPage = await this.#engine.scan(range, { limit: PAGE_ROWS, maxBytes: SCAN_BYTES_MAX });
        const due = page.entries.filter(([rowKey, value]) => {
          const { timestamp: superseded } = decodeStamped(rowKey, value);
          return superseded <= thresholdOf(parseHistoryRowKey(rowKey).key, thresholds.all);
        });
        await pace.work(async () => {
          if (due.length === 0) return;
          const bytes = due.reduce((sum, [rowKey]) => sum + rowKey.length, 0);
          await remove(bytes, (removeRow) => {
            for (const [rowKey] of due) removeRow(rowKey);
          });
        });
        range = page.rest;
      }
      await remove(0, (removeRow) => removeRow(rowKeyBytes(arrivalRowKey(row.move))));
      this.#rows.delete(row.move);
    }
  }
}
