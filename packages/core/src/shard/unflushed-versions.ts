import type { Timestamp } from '../clock/index.js';
import { spanHolds, type Key, type Span } from '../keys/index.js';
import type { Group } from './group.js';
import type { UnflushedVersion } from './unflushed-version.js';

/** The versions between the commit path and the engine: what the next commit supersedes, and what readers wait for. */
export class UnflushedVersions {
  readonly #newest = new Map<Key, UnflushedVersion>();

  get size(): number {
    return this.#newest.size;
  }

  newest(key: Key): UnflushedVersion | undefined {
    return this.#newest.get(key);
  }

  add(key: Key, timestamp: Timestamp, value: Uint8Array | undefined, group: Group, decided: boolean): void {
    const version: UnflushedVersion = { key, timestamp, value, group, decided, older: this.#newest.get(key) };
    this.#newest.set(key, version);
    group.versions.push(version);
  }

  /** The newest unflushed version of the key at or before `timestamp`. */
  at(key: Key, timestamp: Timestamp): UnflushedVersion | undefined {
    let version = this.#newest.get(key);
    while (version !== undefined && version.timestamp > timestamp) version = version.older;
    return version;
  }

  /** The same for every key of a span. */
  *inSpan(span: Span, timestamp: Timestamp): Generator<UnflushedVersion> {
    for (const key of this.#newest.keys()) {
      if (!spanHolds(span, key)) continue;
      const version = this.at(key, timestamp);
      if (version !== undefined) yield version;
    }
  }

  /** Forgets a version whose group was written; true when no newer one of its key is waiting. */
  settle(version: UnflushedVersion): boolean {
    const newest = this.#newest.get(version.key);
    if (newest === version) {
      this.#newest.delete(version.key);
      return true;
    }
    let newer = newest;
    while (newer !== undefined && newer.older !== version) newer = newer.older;
    if (newer !== undefined) newer.older = undefined;
    return false;
  }

  /** Forgets all: no group that is waiting will be written. */
  clear(): void {
    this.#newest.clear();
  }
}
