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

  add(added: Omit<UnflushedVersion, 'older'>, group: Group): void {
    const version: UnflushedVersion = { ...added, older: this.#newest.get(added.key) };
    this.#newest.set(added.key, version);
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

  /** Takes back the versions of a group that was given up, newest first, so that what was there before is there again. */
  retract(versions: readonly UnflushedVersion[]): void {
    for (let at = versions.length - 1; at >= 0; at--) {
      const { key, older } = versions[at]!;
      if (this.#newest.get(key) !== versions[at]) continue;
      if (older === undefined) this.#newest.delete(key);
      else this.#newest.set(key, older);
    }
  }
}
