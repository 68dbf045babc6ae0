import type { Entry } from '../engine/index.js';
import type { PandaError } from '../errors/index.js';
import type { Key } from '../keys/index.js';
import { rowKeyBytes, type JournalCommit } from '../rows/index.js';
import { deferred, type Deferred } from './deferred.js';
import { PendingCommits } from './pending-commits.js';
import type { UnflushedVersion } from './unflushed-version.js';

/** Somebody whose rows are in a group. */
export interface GroupMember {
  /** The group is in the engine. */
  durable(): void;
  /** It is not. `applied` is false when that is certain, undefined when it could not be learnt. */
  failed(error: PandaError, applied: false | undefined): void;
}

/** The commits, promises and outcomes that a leader writes to its engine in one atomic batch. */
export class Group {
  readonly commits: JournalCommit[] = [];
  readonly members: GroupMember[] = [];
  /** The commits on this shard alone. */
  readonly pending = new PendingCommits();
  /** The newest of each key that the group writes. */
  readonly versions = new Map<Key, UnflushedVersion>();
  /** Keys and values, roughly. */
  bytes = 0;
  readonly #added: Entry[] = [];
  readonly #removed: Uint8Array[] = [];
  readonly #puts = new Map<string, Uint8Array>();
  readonly #deletes = new Set<string>();
  #flushed: Deferred<void> | undefined;
  #failed = false;

  get isEmpty(): boolean {
    return this.members.length === 0 && this.#puts.size === 0 && this.#deletes.size === 0;
  }

  /** Of its commits; Infinity without any. */
  get earliestCommit(): number {
    let earliest = Infinity;
    for (const { timestamp } of this.commits) earliest = Math.min(earliest, timestamp);
    return earliest;
  }

  /** Rows that no other of the group replaces. */
  get added(): readonly Entry[] {
    return this.#added;
  }

  /** Adds a row that no other of the group replaces. */
  add(rowKey: Uint8Array, row: Uint8Array): void {
    this.#added.push([rowKey, row]);
    this.bytes += rowKey.length + row.length;
  }

  /** The same for rows of this many bytes in all. */
  addAll(rows: readonly Entry[], bytes: number): void {
    for (const row of rows) this.#added.push(row);
    this.bytes += bytes;
  }

  /** Removes a row that no other of the group puts. */
  remove(rowKey: Uint8Array): void {
    this.#removed.push(rowKey);
    this.bytes += rowKey.length;
  }

  put(rowKey: string, row: Uint8Array): void {
    if (this.#deletes.size > 0) this.#deletes.delete(rowKey);
    this.#puts.set(rowKey, row);
    this.bytes += rowKey.length + row.length;
  }

  putBytes(entries: readonly Entry[]): void {
    for (const [key, row] of entries) this.put(Buffer.from(key).toString('latin1'), row);
  }

  delete(rowKey: string): void {
    this.#puts.delete(rowKey);
    this.#deletes.add(rowKey);
    this.bytes += rowKey.length;
  }

  /** The rows as the engine takes them, with those of the journal. */
  rows(journal: readonly Entry[]): { puts: Entry[]; deletes: Uint8Array[] } {
    const puts: Entry[] = [...journal, ...this.#added];
    const deletes: Uint8Array[] = [...this.#removed];
    for (const { rowKey, row } of this.versions.values()) {
      if (row === undefined) deletes.push(rowKey);
      else puts.push([rowKey, row]);
    }
    for (const [key, row] of this.#puts) puts.push([rowKeyBytes(key), row]);
    for (const key of this.#deletes) deletes.push(rowKeyBytes(key));
    return { puts, deletes };
  }

  /** Where its versions stand among the recent commits, those that it superseded itself included. */
  positions(): number[] {
    const positions: number[] = [];
    for (const newest of this.versions.values()) {
      for (let version: UnflushedVersion | undefined = newest; version !== undefined; version = version.older) {
        positions.push(version.position);
      }
    }
    return positions;
  }

  /** Resolves when the group's fate is known, whatever it is. For readers, who look again. */
  get settled(): Promise<void> {
    this.#flushed ??= deferred<void>();
    return this.#flushed.promise;
  }

  /** Tells the members that the group is in the engine, unless they have heard that it is not. */
  tell(): void {
    if (this.#failed) return;
    for (const member of this.members) member.durable();
    this.#flushed?.resolve();
  }

  /** The latest first, so that each member finds the locks as they were when it joined. */
  fail(error: PandaError, applied: false | undefined): void {
    this.#failed = true;
    for (let at = this.members.length - 1; at >= 0; at--) this.members[at]!.failed(error, applied);
    this.#flushed?.resolve();
  }
}
