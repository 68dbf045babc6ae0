import type { Timestamp } from '../clock/index.js';
import type { RangeEstimate } from '../engine/index.js';
import type { Span } from '../keys/index.js';
import type { ImportRow } from '../rows/index.js';
import type { Collector } from './collector.js';
import type { Freezes } from './freezes.js';
import type { GroupWriter } from './group-writer.js';
import type { Imports } from './imports.js';
import type { JournalReader } from './journal-reader.js';
import type { Lease } from './lease.js';
import type { LoadSamples, ShardLoad } from './load-samples.js';
import type { LockTable } from './lock-table.js';
import type { OwnedRanges } from './owned-ranges.js';
import { digestRows } from './range-digest.js';
import type {
  ChangesRequest,
  DigestRequest,
  DropRequest,
  ExportedChanges,
  ExportedRows,
  ExportRequest,
  FreezeRequest,
  ImportRequest,
  RangeDigest,
  RangeTransfer,
  SlicesRequest,
  SpanSlice,
} from './range-transfer.js';
import type { RecentGroups } from './recent-groups.js';
import { RowExport } from './row-export.js';
import { RowImport } from './row-import.js';
import type { ShardContext } from './shard-context.js';
import type { RangeRoute } from './shard.js';
import { sleep } from './sleep.js';
import { estimateSpan, slicesOf } from './span-slices.js';
import type { Threshold } from './threshold.js';
import type { Thresholds } from './thresholds.js';
import type { WriteConflicts } from './write-conflicts.js';

export interface LeaderTransferParts {
  readonly context: ShardContext;
  readonly ranges: OwnedRanges;
  readonly freezes: Freezes;
  readonly imports: Imports;
  readonly locks: LockTable;
  readonly conflicts: WriteConflicts;
  readonly lease: Lease;
  readonly journal: JournalReader;
  readonly recentGroups: RecentGroups;
  readonly writer: GroupWriter;
  readonly load: LoadSamples;
  readonly collector: Collector;
  readonly thresholds: Thresholds;
  /** Throws when the leader has stopped. */
  readonly check: () => void;
}

/** A leader's part in the moves of ranges (docs/protocol/ranges.md). */
export class LeaderTransfer implements RangeTransfer {
  readonly id: string;
  readonly #parts: LeaderTransferParts;
  readonly #export: RowExport;
  readonly #import: RowImport;

  constructor(parts: LeaderTransferParts) {
    const { context, journal, recentGroups, writer, ranges, imports } = parts;
    this.id = context.id;
    this.#parts = parts;
    this.#export = new RowExport(context, journal, recentGroups, () => writer.guard.sequence);
    this.#import = new RowImport(context, ranges, imports, writer);
  }

  async estimate(span: Span): Promise<RangeEstimate> {
    this.#parts.check();
    return await estimateSpan(this.#parts.context.engine, span);
  }

  async slices(request: SlicesRequest): Promise<SpanSlice[]> {
    this.#parts.check();
    return await slicesOf(this.#parts.context.engine, request);
  }

  async load(): Promise<ShardLoad> {
    return this.#parts.load.load;
  }

  async exportRows(request: ExportRequest): Promise<ExportedRows> {
    await this.#admit(request.range, request.span);
    const page = await this.#export.page(request);
    this.#checkOwned(request.range, request.span);
    return page;
  }

  async exportChanges(request: ChangesRequest): Promise<ExportedChanges> {
    await this.#admit(request.range, request.span);
    const changes = await this.#export.changes(request);
    this.#checkOwned(request.range, request.span);
    return changes;
  }

  async lastSequence(): Promise<number> {
    return this.#parts.writer.guard.sequence;
  }

  async settle(range: RangeRoute, span: Span, timestamp: Timestamp): Promise<number> {
    const { lease, locks } = this.#parts;
    await this.#admit(range, span);
    await lease.admit(timestamp);
    for (;;) {
      const writer = locks.writersIn(span).find(({ row }) => row.minTimestamp <= timestamp);
      if (writer === undefined) break;
      await writer.changed;
      this.#parts.check();
    }
    return await this.#flushed();
  }

  async freeze({ range, span, token, budgetMs }: FreezeRequest): Promise<number | undefined> {
    const { context, freezes, locks } = this.#parts;
    await this.#admit(range, span);
    freezes.freeze(range.id, token, budgetMs);
    try {
      for (const end = context.environment.now() + budgetMs; ;) {
        const holder = locks.holderIn(span);
        if (holder === undefined) break;
        const left = end - context.environment.now();
        if (left <= 0 || !freezes.isFrozenBy(range.id, token)) return undefined;
        await Promise.race([holder.changed, sleep(context.environment, left)]);
        this.#parts.check();
      }
      const sequence = await this.#flushed();
      return freezes.isFrozenBy(range.id, token) ? sequence : undefined;
    } catch (error) {
      freezes.thaw(range.id, token);
      throw error;
    }
  }

  conflictsUpTo(): Promise<Timestamp> {
    this.#parts.check();
    return Promise.resolve(this.#parts.conflicts.latest);
  }

  thaw(range: string, token: string): void {
    this.#parts.freezes.thaw(range, token);
  }

  async importOf(move: string): Promise<ImportRow | undefined> {
    return this.#parts.imports.get(move);
  }

  async beginImport(progress: ImportRow): Promise<void> {
    this.#parts.check();
    await this.#import.begin(progress);
  }

  async importRows(request: ImportRequest): Promise<void> {
    this.#parts.check();
    await this.#import.write(request);
  }

  async dropRows(request: DropRequest): Promise<boolean> {
    this.#parts.check();
    return await this.#import.drop(request);
  }

  async thresholds(): Promise<readonly Threshold[]> {
    this.#parts.check();
    return this.#parts.thresholds.all;
  }

  async adoptThresholds(thresholds: readonly Threshold[]): Promise<void> {
    this.#parts.check();
    await this.#parts.collector.adopt(thresholds);
  }

  async digest(request: DigestRequest): Promise<RangeDigest> {
    this.#parts.check();
    return await digestRows(this.#parts.context.engine, request);
  }

  /** Resolves when all that has joined a group is in the engine, with the last sequence. */
  async #flushed(): Promise<number> {
    const { writer } = this.#parts;
    await new Promise<void>((resolve, reject) => {
      writer.open.members.push({ durable: resolve, failed: reject });
      writer.joined();
    });
    return writer.guard.sequence;
  }

  /** A range that has just come, or is about to leave, is waited for. */
  async #admit(route: RangeRoute, span: Span): Promise<void> {
    for (;;) {
      this.#parts.check();
      const changing = this.#parts.ranges.obstacle([route]);
      if (changing === undefined) break;
      await changing;
    }
    this.#checkOwned(route, span);
  }

  #checkOwned(route: RangeRoute, span: Span): void {
    this.#parts.check();
    this.#parts.ranges.check([route], [], [span]);
  }
}
