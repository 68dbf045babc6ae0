import type { Timestamp } from '../clock/index.js';
import { invariant, PandaError } from '../errors/index.js';
import { keyHex, type Key } from '../keys/index.js';
import { currentRowKey, encodeStamped, historyRowKey, type JournalCommit } from '../rows/index.js';
import type { CurrentRows } from './current-rows.js';
import type { Group } from './group.js';
import type { RecentCommits } from './recent-commits.js';
import type { ShardContext } from './shard-context.js';
import type { Version } from './version.js';
import type { UnflushedVersions } from './unflushed-versions.js';

/** Bytes that a row adds to a batch beside its key and value: stamps, escapes, its place in the journal. */
const ROW_OVERHEAD_BYTES = 64;

/** Times that a key's bytes may stand in a batch: in its row, escaped in history, encoded in the journal. */
const KEY_COPIES = 5;

export interface Writes {
  readonly transaction: string;
  readonly writeKeys: readonly Key[];
  readonly writeValues: readonly (Uint8Array | null)[];
}

/** Turns the writes of a transaction into rows: the new current row, the old version in history, the journal's entry. */
export class CommitRows {
  readonly #context: ShardContext;
  readonly #rows: CurrentRows;
  readonly #unflushed: UnflushedVersions;
  readonly #recent: RecentCommits;

  constructor(context: ShardContext, rows: CurrentRows, unflushed: UnflushedVersions, recent: RecentCommits) {
    this.#context = context;
    this.#rows = rows;
    this.#unflushed = unflushed;
    this.#recent = recent;
  }

  /** Bytes that the rows will take in a batch, with those of the versions that they supersede. */
  sizeOf({ writeKeys, writeValues }: Writes, olds: readonly Version[]): number {
    let bytes = 0;
    for (let at = 0; at < writeKeys.length; at++) {
      const key = writeKeys[at]!;
      bytes += ROW_OVERHEAD_BYTES + KEY_COPIES * key.length + (writeValues[at]?.length ?? 0) + (olds[at]?.value?.length ?? 0);
    }
    return bytes;
  }

  /**
   * Adds the rows of a commit at `timestamp` to the group.
   *
   * @param olds for each written key the version that is superseded. All of them were looked up before: adding pushes older
   *   recent commits out, by which looked-up versions are judged.
   * @param decided it is a cross-shard transaction that is committed already.
   */
  add(group: Group, writes: Writes, timestamp: Timestamp, olds: readonly Version[], decided: boolean): void {
    // Of their full length, as an array that grows by pushing takes several times the room.
    const keys = new Array<Key>(writes.writeKeys.length);
    const superseded = new Array<Timestamp>(writes.writeKeys.length);
    let changed = 0;
    const stamp = this.#context.clock.last;
    invariant(stamp >= timestamp, 'the clock has passed every timestamp that commits');
    for (let at = 0; at < writes.writeKeys.length; at++) {
      const key = writes.writeKeys[at]!;
      const old = olds[at]!;
      const value = writes.writeValues[at]!;
      this.#checkOrder(key, old.timestamp, timestamp);
      if (value === null && old.value === undefined) continue;
      if (old.value !== undefined) {
        const historyKey = historyRowKey(key, old.timestamp);
        group.add(historyKey, encodeStamped(historyKey, timestamp, old.value));
      }
      keys[changed] = key;
      superseded[changed++] = old.timestamp;
      if (old.value === undefined) this.#rows.willInsert(key);
      const position = this.#recent.add(key, timestamp, stamp, writes.transaction);
      const rowKey = currentRowKey(key);
      const row = value === null ? undefined : encodeStamped(rowKey, timestamp, value);
      this.#unflushed.add(group, { key, timestamp, rowKey, row, decided, position });
    }
    keys.length = changed;
    superseded.length = changed;
    const entry: JournalCommit = { transaction: writes.transaction, timestamp, keys, superseded };
    group.commits.push(entry);
  }

  /** All of this leader lies below the commit, and all of those before it: what does not was written by one that came after it. */
  #checkOrder(key: Key, superseded: Timestamp, timestamp: Timestamp): void {
    if (superseded < timestamp) return;
    throw new PandaError('LeadershipLost', 'The engine holds a newer version, which only another leader can have written', {
      key: keyHex(key),
      shard: this.#context.id,
    });
  }
}
