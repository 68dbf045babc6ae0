import type { Timestamp } from '../clock/index.js';
import type { Entry, RangeEstimate } from '../engine/index.js';
import type { Key, Span } from '../keys/index.js';
import type { ImportRow } from '../rows/index.js';
import type { ShardLoad } from './load-samples.js';
import type { RangeRoute } from './shard.js';
import type { Threshold } from './threshold.js';

export interface ExportRequest {
  readonly range: RangeRoute;
  readonly span: Span;
  readonly space: 'current' | 'history';
  /** From the answer before; undefined for the first page. */
  readonly cursor: string | undefined;
  readonly maxBytes: number;
}

export interface ExportedRows {
  /** Rows as they lie in the engine. */
  readonly rows: readonly Entry[];
  /** Where the next page begins; undefined when this is the last. */
  readonly cursor: string | undefined;
}

/** A place in what the journal tells. */
export interface JournalPlace {
  /** What groups up to this sequence wrote lies before it. */
  readonly sequence: number;
  /** Of a later group, this many keys of the span lie before it too. */
  readonly partly?: { readonly sequence: number; readonly keys: number } | undefined;
}

export interface ChangesRequest {
  readonly range: RangeRoute;
  readonly span: Span;
  /** What lies before it is not asked for. */
  readonly after: JournalPlace;
  /** The rows answered have this many bytes at the most, or are those of one key. */
  readonly maxBytes: number;
}

export interface ExportedChanges {
  readonly rows: readonly Entry[];
  /** Row keys of keys that have no current row any more. */
  readonly deletes: readonly Uint8Array[];
  /** All before it is told of. */
  readonly place: JournalPlace;
  /** How many groups were written since. */
  readonly lag: number;
}

export interface ImportRequest {
  /** How far the import has come with these rows. */
  readonly progress: ImportRow;
  readonly rows: readonly Entry[];
  readonly deletes: readonly Uint8Array[];
}

export interface DropRequest {
  readonly span: Span;
  /** The import for whose sake they go; undefined for rows of a range that has left. */
  readonly move: string | undefined;
  /** Whether the import ends with them. */
  readonly ends: boolean;
  /** The most rows that go at once. */
  readonly rowsMax?: number;
}

export interface FreezeRequest {
  readonly range: RangeRoute;
  readonly span: Span;
  /** Names the freeze. */
  readonly token: string;
  /** The freeze ends by itself after this long, in milliseconds. */
  readonly budgetMs: number;
}

export interface DigestRequest {
  readonly span: Span;
  readonly timestamp: Timestamp;
  /** The digest ends after about this many keys. */
  readonly keysMax: number;
  /** Whether a digest of each key is wanted too. */
  readonly byKey?: boolean;
  /** Versions superseded up to these are left out: one side may have given them up, and the other not yet. */
  readonly thresholds: readonly Threshold[];
}

export interface RangeDigest {
  /** The part of the span that was digested. */
  readonly covered: Span;
  readonly versions: number;
  readonly digest: string;
  /** The same for each key, if wanted. */
  readonly keys: readonly (readonly [key: Key, digest: string])[];
}

export interface SlicesRequest {
  readonly span: Span;
  /** About how many bytes a slice is to have. */
  readonly sliceBytes: number;
  /** All of it is read and counted; else it is halved where the engine estimates too much, which is rough. */
  readonly isExact: boolean;
}

/** A part of a span, up to where the next one begins. */
export interface SpanSlice {
  readonly start: Key;
  readonly rows: number;
  readonly bytes: number;
}

/**
 * What a shard does for a range that moves, beside serving it. Arguments and results are plain data. Each call can be repeated; those
 * of a mover that has been overtaken are refused.
 */
export interface RangeTransfer {
  readonly id: string;

  /** About how many rows lie here of a span, and their bytes. Cheap. */
  estimate(span: Span): Promise<RangeEstimate>;
  /** Where a span can be divided, and how much lies between. */
  slices(request: SlicesRequest): Promise<SpanSlice[]>;
  /** How much is asked of the shard. */
  load(): Promise<ShardLoad>;
  /** At the source: a page of the rows of a span, as they lie in the engine. */
  exportRows(request: ExportRequest): Promise<ExportedRows>;
  /** At the source: the rows of what was written since a sequence. */
  exportChanges(request: ChangesRequest): Promise<ExportedChanges>;
  /** No transaction has added a write conflict by hand after this. */
  conflictsUpTo(): Promise<Timestamp>;
  /** The sequence of the last group written. */
  lastSequence(): Promise<number>;
  /** At the source: everything committed in the span up to the timestamp is in groups up to the sequence answered. */
  settle(range: RangeRoute, span: Span, timestamp: Timestamp): Promise<number>;
  /**
   * At the source: new commits and prepares in the range wait from now on. Answers the last sequence in which anything was written there,
   * once nothing is prepared there any more; undefined when that took too long, and the range goes on.
   */
  freeze(request: FreezeRequest): Promise<number | undefined>;
  /** The range goes on. Does nothing when that freeze has ended. */
  thaw(range: string, token: string): void;

  /** At the destination: how far the import of a move has come; undefined where there is none. */
  importOf(move: string): Promise<ImportRow | undefined>;
  /** At the destination: begins an import. `Conflict` where the shard owns some of the span, or imports it already. */
  beginImport(progress: ImportRow): Promise<void>;
  /** At the destination: writes rows, with how far it has come, in one batch. `Conflict` where there is no such import any more. */
  importRows(request: ImportRequest): Promise<void>;
  /** Removes some rows of a span that the shard does not own. Answers whether none are left. */
  dropRows(request: DropRequest): Promise<boolean>;

  /** What the shard has given up. */
  thresholds(): Promise<readonly Threshold[]>;
  /** At the destination, before it serves the range: older reads are refused there as at the source, durably. */
  adoptThresholds(thresholds: readonly Threshold[]): Promise<void>;

  /** A digest of all versions that were committed in the span up to the timestamp, with their lifetimes as far as that. */
  digest(request: DigestRequest): Promise<RangeDigest>;
}
