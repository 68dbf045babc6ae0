import type { Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import type { Key } from '../keys/index.js';
import {
  COLLECTED_ROW_KEY,
  encodeCollectedRow,
  historyRowKey,
  journalRowKeys,
  type CollectedRow,
  type JournalRow,
} from '../rows/index.js';
import type { ArrivedRanges } from './arrived-ranges.js';
import type { Backlog, Collection, CollectRequest, PrefixBacklog } from './collection.js';
import type { GroupWriter } from './group-writer.js';
import type { JournalReader } from './journal-reader.js';
import { Pace } from './pace.js';
import type { ShardContext } from './shard-context.js';
import { laterOf, thresholdOf, type Threshold } from './threshold.js';
import type { Thresholds } from './thresholds.js';

/** Versions that one batch removes. */
const VERSIONS_MAX = 512;
/** Groups without anything to remove after which it is noted how far the journal was followed. */
const GROUPS_NOT_NOTED_MAX = 4_096;
/** Groups that one batch removes from the journal. */
const GROUPS_MAX = 1_024;

/** How far the journal has been followed with a batch. */
interface Progress {
  readonly prefix: Key;
  readonly followed: number;
}

export interface CollectorParts {
  readonly context: ShardContext;
  readonly writer: GroupWriter;
  readonly journal: JournalReader;
  readonly thresholds: Thresholds;
  readonly arrived: ArrivedRanges;
  /** Looks at a failure, and stops the leader when it is a broken invariant. */
  readonly judge: (error: unknown) => Error;
}

/**
 * Follows the journal, which names every superseded version in the order of time, and removes those that nobody can read any more; then
 * the journal behind it. Does nothing until it is told to (docs/protocol/collection.md).
 */
export class Collector implements Collection {
  readonly id: string;
  readonly #parts: CollectorParts;
  readonly #pace: Pace;
  /** By prefix: how far the journal was followed. */
  readonly #followed: Map<Key, number>;
  /** By sequence: when the first group after it was written, if there was one when the shard had got as far as `last`. */
  readonly #nexts = new Map<number, { readonly writtenAt: Timestamp | undefined; readonly last: number }>();
  #journalBefore: Timestamp = 0;
  #isWanted = false;
  #isStopped = false;
  #running: Promise<void> | undefined;

  constructor(parts: CollectorParts, { prefixes }: CollectedRow) {
    this.id = parts.context.id;
    this.#parts = parts;
    this.#pace = new Pace(parts.context.environment);
    this.#followed = new Map(prefixes.map(({ prefix, sequence }) => [prefix, sequence]));
  }

  async collect({ thresholds, journalBefore }: CollectRequest): Promise<void> {
    if (this.#isStopped) throw new PandaError('Closed', 'The shard is closed', { shard: this.id });
    this.#raise(thresholds);
    this.#journalBefore = Math.max(this.#journalBefore, journalBefore ?? 0);
    this.#isWanted = true;
    this.#running ??= this.#work().finally(() => (this.#running = undefined));
  }

  /** Takes over what another shard has given up of a range that comes from there, durably. */
  async adopt(thresholds: readonly Threshold[]): Promise<void> {
    this.#raise(thresholds);
    await this.#write(0, () => undefined);
  }

  async backlog(): Promise<Backlog> {
    const { arrived, journal, thresholds } = this.#parts;
    const known = thresholds.all.length === 0 ? [{ prefix: '', timestamp: 0 }] : thresholds.all;
    const prefixes: PrefixBacklog[] = [];
    for (const { prefix, timestamp: threshold } of known) {
      const next = await this.#nextAfter(this.#followed.get(prefix) ?? 0);
      const oldest = Math.min(next ?? Infinity, arrived.oldest ?? Infinity);
      prefixes.push({ prefix, threshold, oldest: oldest === Infinity ? undefined : oldest });
    }
    const before = journal.begin.sequence;
    const oldest = await this.#nextAfter(before);
    this.#keepOnly(before);
    return { prefixes, journal: oldest };
  }

  async collected(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pace.stop();
    await this.#running;
  }

  #raise(to: readonly Threshold[]): void {
    const { thresholds } = this.#parts;
    // What is followed by itself from now on has been followed as a part of what it belonged to.
    for (const { prefix } of to) if (!this.#followed.has(prefix)) this.#followed.set(prefix, this.#followedWith(prefix));
    thresholds.raise(laterOf(thresholds.all, to));
  }

  #followedWith(key: Key): number {
    const followed = [...this.#followed].map(([prefix, timestamp]) => ({ prefix, timestamp }));
    return thresholdOf(key, followed);
  }

  /** When the first group after this one was written. Such a group stays the first as long as it is there. */
  async #nextAfter(sequence: number): Promise<Timestamp | undefined> {
    const last = this.#parts.writer.guard.sequence;
    if (sequence >= last) return undefined;
    const known = this.#nexts.get(sequence);
    if (known?.writtenAt !== undefined || known?.last === last) return known.writtenAt;
    const writtenAt = (await this.#parts.journal.first(sequence + 1))?.writtenAt;
    this.#nexts.set(sequence, { writtenAt, last });
    return writtenAt;
  }

  /** Forgets what comes after groups that nobody will ask for again. */
  #keepOnly(journalBegin: number): void {
    const asked = new Set([journalBegin, ...this.#followed.values()]);
    for (const sequence of this.#nexts.keys()) if (!asked.has(sequence)) this.#nexts.delete(sequence);
  }

  async #work(): Promise<void> {
    try {
      while (this.#isWanted && !this.#isStopped) {
        this.#isWanted = false;
        for (const { prefix, timestamp } of this.#parts.thresholds.all) await this.#follow(prefix, timestamp);
        await this.#parts.arrived.collect(this.#parts.thresholds, this.#pace, (bytes, add) => this.#write(bytes, add));
        await this.#shortenJournal();
      }
    } catch (error) {
      // What failed now is tried again with the next request.
      if (!this.#isStopped) this.#parts.judge(error);
    }
  }

  /** Removes what was superseded up to the threshold of keys with the prefix, and with no longer one of its own. */
  async #follow(prefix: Key, threshold: Timestamp): Promise<void> {
    const { journal, thresholds } = this.#parts;
    const longer = thresholds.all.filter((other) => other.prefix.length > prefix.length && other.prefix.startsWith(prefix));
    const isOwn = (key: Key): boolean => key.startsWith(prefix) && !longer.some((other) => key.startsWith(other.prefix));
    let rowKeys: Uint8Array[] = [];
    const begin = this.#followed.get(prefix) ?? 0;
    let last = begin;
    for await (const group of journal.from(begin + 1)) {
      if (group.writtenAt > threshold || this.#isStopped) break;
      for (const { keys, superseded } of group.commits) {
        for (let at = 0; at < keys.length; at++) {
          if (superseded[at]! > 0 && isOwn(keys[at]!)) rowKeys.push(historyRowKey(keys[at]!, superseded[at]!));
        }
      }
      last = group.sequence;
      if (rowKeys.length >= VERSIONS_MAX) {
        await this.#remove(prefix, rowKeys, last);
        rowKeys = [];
      }
      await this.#pace.looked();
    }
    const isWorthNoting = rowKeys.length > 0 || last - begin > GROUPS_NOT_NOTED_MAX;
    if (isWorthNoting) await this.#remove(prefix, rowKeys, last);
    this.#followed.set(prefix, last);
  }

  async #remove(prefix: Key, rowKeys: readonly Uint8Array[], followed: number): Promise<void> {
    await this.#pace.work(async () => {
      // In the batch it stands beside what it tells of. Until that is written nobody builds on it: it may fail.
      await this.#removeRows(rowKeys, { prefix, followed });
      this.#followed.set(prefix, followed);
    });
  }

  /** Removes the groups that nobody needs: followed for every prefix, and too old for any look-up. */
  async #shortenJournal(): Promise<void> {
    const { journal, thresholds } = this.#parts;
    const followed = Math.min(...thresholds.all.map(({ prefix }) => this.#followed.get(prefix) ?? 0));
    let groups: JournalRow[] = [];
    for await (const group of journal.from(journal.begin.sequence + 1)) {
      if (this.#isStopped || group.sequence > followed || group.writtenAt >= this.#journalBefore) break;
      groups.push(group);
      await this.#pace.looked();
      if (groups.length < GROUPS_MAX) continue;
      await this.#removeGroups(groups);
      groups = [];
    }
    if (groups.length > 0) await this.#removeGroups(groups);
  }

  async #removeGroups(groups: readonly JournalRow[]): Promise<void> {
    const { journal } = this.#parts;
    const { begin } = journal;
    const { sequence, writtenAt } = groups[groups.length - 1]!;
    await this.#pace.work(async () => {
      journal.willBeginAfter({ sequence, writtenAt });
      try {
        await this.#removeRows(groups.flatMap(journalRowKeys));
      } catch (error) {
        journal.willBeginAfter(begin);
        throw error;
      }
    });
  }

  #removeRows(rowKeys: readonly Uint8Array[], progress?: Progress): Promise<void> {
    const addAll = (remove: (rowKey: Uint8Array) => void): void => {
      for (const rowKey of rowKeys) remove(rowKey);
    };
    return this.#write(bytesOf(rowKeys), addAll, progress);
  }

  /** Removes rows in the next group, beside what has been given up by then. */
  #write(bytes: number, add: (remove: (rowKey: Uint8Array) => void) => void, progress?: Progress): Promise<void> {
    const { writer, thresholds, journal } = this.#parts;
    const group = writer.openFor(bytes);
    add((rowKey) => group.remove(rowKey));
    const prefixes = thresholds.all.map(({ prefix, timestamp }) => {
      const sequence = progress?.prefix === prefix ? progress.followed : (this.#followed.get(prefix) ?? 0);
      return { prefix, threshold: timestamp, sequence };
    });
    group.put(COLLECTED_ROW_KEY, encodeCollectedRow({ prefixes, journal: journal.begin }));
    const written = new Promise<void>((resolve, reject) => {
      group.members.push({ durable: resolve, failed: reject });
    });
    writer.joined();
    return written;
  }
}

function bytesOf(rowKeys: readonly Uint8Array[]): number {
  return rowKeys.reduce((sum, { length }) => sum + length, 0);
}
