import type { Timestamp } from '../clock/index.js';
import type { PandaError } from '../errors/index.js';
import type { Key, Span } from '../keys/index.js';
import type { LockTable } from './lock-table.js';
import type { Version } from './version.js';
import type { UnflushedVersions } from './unflushed-versions.js';

/**
 * What a read at a timestamp must wait for, and what it sees before the engine does. Once the clock has passed the timestamp
 * nothing new can come at or below it, so a read that finds no obstacle needs no second look.
 */
export class Visibility {
  readonly #locks: LockTable;
  readonly #unflushed: UnflushedVersions;
  #stopped: PandaError | undefined;

  constructor(locks: LockTable, unflushed: UnflushedVersions) {
    this.#locks = locks;
    this.#unflushed = unflushed;
  }

  /** The leader has stopped: what is waited for may never come, so who looks again is refused. */
  stop(error: PandaError): void {
    this.#stopped = error;
  }

  /** Resolves when it is worth looking again; undefined when the key can be read at `timestamp`. */
  obstacle(key: Key, timestamp: Timestamp): Promise<void> | undefined {
    if (this.#stopped !== undefined) throw this.#stopped;
    const writer = this.#locks.writer(key);
    if (writer !== undefined && writer.committedAt === undefined && writer.row.minTimestamp <= timestamp) return writer.changed;
    if (this.#unflushed.isEmpty) return undefined;
    const version = this.#unflushed.at(key, timestamp);
    return version === undefined || version.decided ? undefined : version.group.settled;
  }

  obstacleIn(span: Span, timestamp: Timestamp): Promise<void> | undefined {
    if (this.#stopped !== undefined) throw this.#stopped;
    for (const writer of this.#locks.writersIn(span)) {
      if (writer.committedAt === undefined && writer.row.minTimestamp <= timestamp) return writer.changed;
    }
    for (const version of this.#unflushed.inSpan(span, timestamp)) if (!version.decided) return version.group.settled;
    return undefined;
  }

  /** The version of a committed cross-shard transaction that the engine may not hold yet. Plain data: it is answered as it is. */
  decided(key: Key, timestamp: Timestamp): Version | undefined {
    const writer = this.#locks.writer(key);
    if (writer?.committedAt !== undefined && writer.committedAt <= timestamp) {
      return { timestamp: writer.committedAt, value: writer.writeOf(key) ?? undefined };
    }
    const version = this.#unflushed.isEmpty ? undefined : this.#unflushed.at(key, timestamp);
    return version && { timestamp: version.timestamp, value: version.value };
  }

  /** All of these in a span, by key. */
  decidedIn(span: Span, timestamp: Timestamp): Map<Key, Version> {
    const versions = new Map<Key, Version>();
    for (const version of this.#unflushed.inSpan(span, timestamp)) versions.set(version.key, version);
    for (const writer of new Set(this.#locks.writersIn(span))) {
      if (writer.committedAt === undefined || writer.committedAt > timestamp) continue;
      for (const [at, key] of writer.row.writeKeys.entries()) {
        if (key < span.start || (span.end !== undefined && key >= span.end)) continue;
        versions.set(key, { timestamp: writer.committedAt, value: writer.row.writeValues[at] ?? undefined });
      }
    }
    return versions;
  }
}
