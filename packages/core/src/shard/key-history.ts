import type { Timestamp } from '../clock/index.js';
import type { Key } from '../keys/index.js';
import { historyRangeOf } from '../rows/index.js';
import type { CurrentRows } from './current-rows.js';
import { decodeHistory } from './history.js';
import { SCAN_BYTES_MAX } from './scan-limits.js';
import type { ShardContext } from './shard-context.js';
import type { HistoryRequest, HistoryResult, KeyVersion } from './shard.js';
import { thresholdOf } from './threshold.js';
import type { Thresholds } from './thresholds.js';
import type { Version } from './version.js';
import type { Visibility } from './visibility.js';

/** All versions of a key that can be read, the newest first. */
export class KeyHistory {
  readonly #context: ShardContext;
  readonly #rows: CurrentRows;
  readonly #visibility: Visibility;
  readonly #thresholds: Thresholds;

  constructor(context: ShardContext, rows: CurrentRows, visibility: Visibility, thresholds: Thresholds) {
    this.#context = context;
    this.#rows = rows;
    this.#visibility = visibility;
    this.#thresholds = thresholds;
  }

  async page({ key, before, limit }: HistoryRequest): Promise<HistoryResult> {
    const versions: KeyVersion[] = [];
    const current = await this.#current(key);
    const { timestamp: written, value: newest } = current;
    if (newest !== undefined && written < before) versions.push({ timestamp: written, value: newest, superseded: undefined });
    // What is superseded from here on is in history as well, and was answered as current.
    const older = Math.min(before, newest === undefined ? Infinity : written);
    const range = historyRangeOf(key, Math.min(older - 1, Number.MAX_SAFE_INTEGER));
    const page = await this.#context.engine.scan(range, { limit, maxBytes: SCAN_BYTES_MAX });
    const threshold = thresholdOf(key, this.#thresholds.all);
    for (const [rowKey, row] of page.entries) {
      const { timestamp, superseded, value } = decodeHistory(rowKey, row);
      if (superseded <= threshold) return { versions, rest: undefined };
      versions.push({ timestamp, superseded, value: value! });
    }
    const last = versions.at(-1);
    return { versions, rest: page.rest === undefined ? undefined : last?.timestamp };
  }

  /** The newest version, once nothing is undecided that may be below any timestamp given so far. */
  async #current(key: Key): Promise<Version> {
    const now: Timestamp = this.#context.clock.last;
    for (;;) {
      const obstacle = this.#visibility.obstacle(key, now);
      if (obstacle === undefined) break;
      await obstacle;
    }
    return this.#visibility.decided(key, now) ?? this.#rows.cached(key) ?? (await this.#rows.loadOne(key));
  }
}
