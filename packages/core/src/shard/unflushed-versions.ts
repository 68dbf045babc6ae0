import type { Timestamp } from '../clock/index.js';
import { spanHolds, type Key, type Span } from '../keys/index.js';
import { STAMP_BYTES } from '../rows/index.js';
import type { Group } from './group.js';
import type { UnflushedVersion } from './unflushed-version.js';

/** A version that joins a group. */
type NewVersion = Omit<UnflushedVersion, 'value' | 'group' | 'older'>;

/**
 * The versions between the commit path and the engine: what the next commit supersedes, and what readers wait for.
 *
 * Each group holds its own, and is dropped as a whole. One map that every key comes to and leaves again would make V8 keep
 * whole groups until its next full collection: a map's old table, once outgrown, refers to the next one.
 */
export class UnflushedVersions {
  /** Groups with versions whose fate is not known, the oldest first. */
  readonly #groups: Group[] = [];

  get isEmpty(): boolean {
    return this.#groups.length === 0;
  }

  newest(key: Key): UnflushedVersion | undefined {
    for (let at = this.#groups.length - 1; at >= 0; at--) {
      const version = this.#groups[at]!.versions.get(key);
      if (version !== undefined) return version;
    }
    return undefined;
  }

  /** Adds a version to its group, in which its row replaces that of the version before. */
  add(group: Group, { key, timestamp, rowKey, row, decided, position }: NewVersion): void {
    if (group.versions.size === 0) this.#groups.push(group);
    const older = group.versions.get(key);
    const value = row?.subarray(STAMP_BYTES);
    group.versions.set(key, { key, timestamp, value, rowKey, row, group, decided, position, older });
    group.bytes += key.length + (row?.length ?? 0);
  }

  /** The newest unflushed version of the key at or before `timestamp`. */
  at(key: Key, timestamp: Timestamp): UnflushedVersion | undefined {
    for (let at = this.#groups.length - 1; at >= 0; at--) {
      let version = this.#groups[at]!.versions.get(key);
      while (version !== undefined && version.timestamp > timestamp) version = version.older;
      if (version !== undefined) return version;
    }
    return undefined;
  }

  /** The same for every key of a span. */
  *inSpan(span: Span, timestamp: Timestamp): Generator<UnflushedVersion> {
    for (const group of this.#groups) {
      for (const key of group.versions.keys()) {
        if (!spanHolds(span, key)) continue;
        const version = this.at(key, timestamp);
        if (version?.group === group) yield version;
      }
    }
  }

  /** Forgets a group whose fate is known: it was written, or given up. */
  settle(group: Group): void {
    const at = this.#groups.indexOf(group);
    if (at >= 0) this.#groups.splice(at, 1);
  }
}
