import type { Timestamp } from '@pandakv/core';
import type { Key, Span } from '@pandakv/core/parts';
import { transactionOf } from '@pandakv/core/shard';
import { lowerBound } from '../kernel/lower-bound.js';
import { changed } from '../workload/text-change.js';
import type { Attempt, Operation, RecordedScan, Value } from '../workload/operation.js';
import { changedBetween, valueAt, writtenAt, type StoreContents, type StoredCommit } from './store-contents.js';

/** Above every character of a key. */
const ABOVE_BYTES = '\u0100';

/** A transaction that took effect, and when: what is judged for real-time order. */
export interface Effect {
  readonly operation: Operation;
  readonly timestamp: Timestamp;
  /** Whoever begins after it ended must take effect at or after this: its commit, or the newest version that it saw. */
  readonly reached: Timestamp;
  readonly attempt: Attempt;
  readonly isWrite: boolean;
}

/**
 * Holds what clients saw and were told against what the stores hold. Every commit has a timestamp and no version is ever collected, so
 * this is complete: a read must be exactly the versions at its timestamp; what a serializable transaction read must stand until it
 * commits; each version must be of one transaction, which is there whole; what was acknowledged is there, what failed is not.
 */
export class Replay {
  readonly #contents: StoreContents;
  /** All that there ever were, in order. */
  readonly #keys: readonly Key[];
  readonly #failures: string[] = [];
  readonly #effects: Effect[] = [];
  /** What committed transactions named as written without writing it. */
  readonly #writeConflicts: { readonly span: Span; readonly timestamp: Timestamp }[] = [];
  /** By transaction. */
  readonly #commits = new Map<string, StoredCommit[]>();

  constructor(contents: StoreContents) {
    this.#contents = contents;
    this.#keys = [...contents.versions.keys()].sort();
    for (const commit of contents.commits) {
      const id = transactionOf(commit.attempt);
      const list = this.#commits.get(id);
      if (list === undefined) this.#commits.set(id, [commit]);
      else list.push(commit);
    }
  }

  check(operations: readonly Operation[]): { failures: string[]; effects: Effect[] } {
    this.#checkLifetimes();
    for (const operation of operations) {
      for (const attempt of operation.attempts) this.#findStamps(attempt);
      this.#findWriteConflicts(operation);
    }
    for (const operation of operations) {
      for (const attempt of operation.attempts) this.#checkReads(operation, attempt);
      if (operation.kind === 'transaction') this.#checkOutcome(operation);
      else if (operation.kind === 'write') this.#checkWrite(operation);
      else if (operation.kind === 'snapshot' && operation.status === 'ok') this.#addReads(operation, operation.attempts[0]);
    }
    this.#checkVersionsAreExplained();
    return { failures: this.#failures, effects: this.#effects };
  }

  #fail(operation: Operation | undefined, what: string): void {
    const who =
      operation === undefined ? '' : ` (${operation.client} in ${operation.session}, ${operation.id ?? operation.kind})`;
    this.#failures.push(what + who);
  }

  #checkLifetimes(): void {
    for (const [key, list] of this.#contents.versions) {
      for (let at = 0; at < list.length; at++) {
        const { from, to } = list[at]!;
        if (to <= from) this.#fail(undefined, `${key}: a version ends at ${to}, before it begins at ${from}`);
        const next = list[at + 1];
        if (next !== undefined && next.from < to) this.#fail(undefined, `${key}: versions at ${from} and ${next.from} overlap`);
      }
    }
  }

  /** A write has no id that its client knows: it is found by what only it wrote. */
  #checkWrite(operation: Operation): void {
    const attempt = operation.attempts[0];
    const first = attempt === undefined ? undefined : [...attempt.writes][0];
    if (attempt === undefined || first === undefined) return;
    const [key, value] = first;
    const version = this.#contents.versions.get(key)?.find((candidate) => candidate.value === value);
    if (version === undefined) {
      if (operation.status === 'ok') this.#fail(operation, `It was acknowledged at ${attempt.committedAt}, but no store has it`);
      return;
    }
    if (operation.status === 'failed') this.#fail(operation, `It was reported as failed, but committed at ${version.from}`);
    if (operation.status === 'ok' && version.from !== attempt.committedAt) {
      this.#fail(operation, `It was acknowledged at ${attempt.committedAt}, but committed at ${version.from}`);
    }
    this.#checkWhole(operation, attempt, version.from);
  }

  #checkReads(operation: Operation, { readTimestamp, reads, scans }: Attempt): void {
    for (const { key, value, changes } of reads) {
      const expected = changed(valueAt(this.#contents, key, readTimestamp), changes);
      if (value !== expected) this.#fail(operation, `${key} at ${readTimestamp} was ${expected}, but ${value} was read`);
    }
    for (const scan of scans) {
      const expected = JSON.stringify(this.#scanAt(scan, readTimestamp));
      const seen = JSON.stringify(scan.entries);
      if (seen !== expected) this.#fail(operation, `The scan at ${readTimestamp} was ${expected}, but ${seen} was read`);
    }
  }

  #scanAt({ start, end, reverse, limit, own, ownChanges }: RecordedScan, timestamp: Timestamp): (readonly [string, string])[] {
    const entries: (readonly [string, string])[] = [];
    for (const key of this.#keysWithin(start, end, [...own.keys(), ...ownChanges.keys()])) {
      const mine = own.get(key);
      const theirs = (): Value => changed(valueAt(this.#contents, key, timestamp), ownChanges.get(key));
      const value: Value = mine === undefined ? theirs() : (mine ?? undefined);
      if (value !== undefined) entries.push([key, value]);
    }
    if (reverse) entries.reverse();
    return limit === Infinity ? entries : entries.slice(0, limit);
  }

  /** Keys of `[start, end)` that there ever were, and those of a transaction itself, in order. */
  #keysWithin(start: Key, end: Key | undefined, own: readonly Key[] = []): readonly Key[] {
    const stored = this.#keys.slice(lowerBound(this.#keys, start), end === undefined ? undefined : lowerBound(this.#keys, end));
    const more = own.filter((key) => key >= start && (end === undefined || key < end) && !this.#contents.versions.has(key));
    return more.length === 0 ? stored : [...new Set([...stored, ...more])].sort();
  }

  #checkOutcome(operation: Operation): void {
    const stored = operation.id === undefined ? [] : (this.#commits.get(operation.id) ?? []);
    this.#checkOneCommit(operation, stored);
    const timestamp = stored[0]?.timestamp;
    if (operation.status === 'failed' && timestamp !== undefined) {
      this.#fail(operation, `It was reported as failed (${operation.error ?? ''}), but committed at ${timestamp}`);
    }
    if (operation.outcome?.status === 'aborted' && timestamp !== undefined) {
      this.#fail(operation, `Its outcome was looked up as aborted, but it committed at ${timestamp}`);
    }
    if (operation.outcome?.status === 'committed' && operation.outcome.timestamp !== timestamp) {
      this.#fail(operation, `Its outcome was looked up as committed at ${operation.outcome.timestamp}, but that is ${timestamp}`);
    }
    if (operation.status === 'ok') this.#checkAcknowledged(operation, stored);
    else if (timestamp !== undefined) this.#checkCommitted(operation, stored[0]!.attempt, timestamp);
  }

  #checkOneCommit(operation: Operation, stored: readonly StoredCommit[]): void {
    const attempts = new Set(stored.map(({ attempt }) => attempt));
    const timestamps = new Set(stored.map(({ timestamp }) => timestamp));
    if (attempts.size > 1) this.#fail(operation, `It committed more than once: ${[...attempts].join(', ')}`);
    if (timestamps.size > 1) this.#fail(operation, `It has several commit timestamps: ${[...timestamps].join(', ')}`);
    const shards = stored.map(({ shard }) => shard);
    if (new Set(shards).size < shards.length) this.#fail(operation, `It is more than once in a journal: ${shards.join(', ')}`);
  }

  #checkAcknowledged(operation: Operation, stored: readonly StoredCommit[]): void {
    const attempt = operation.attempts.at(-1);
    if (attempt?.committedAt === undefined) return;
    // A deleted range may take back all that was written, and hold nothing else.
    const mayBeEmpty = [...attempt.writes.values()].every((value) => value === null);
    if (stored.length === 0 && mayBeEmpty && attempt.committedAt === attempt.readTimestamp) {
      this.#checkWhole(operation, attempt, attempt.committedAt, false);
      this.#addReads(operation, attempt);
      return;
    }
    const isJournaled = stored.length > 0;
    if (!isJournaled) {
      this.#fail(operation, `It was acknowledged at ${attempt.committedAt}, but no store has it`);
      return;
    }
    if (stored[0]!.timestamp !== attempt.committedAt) {
      this.#fail(operation, `It was acknowledged at ${attempt.committedAt}, but committed at ${stored[0]!.timestamp}`);
    }
    if (attemptOf(operation, stored[0]!.attempt) !== attempt) {
      this.#fail(operation, `Another attempt than the last has committed: ${stored[0]!.attempt}`);
    }
    this.#checkCommitted(operation, stored[0]!.attempt, stored[0]!.timestamp);
  }

  /** The keys that stamps have made are known by their values; who reads there has been told the same as of any other key. */
  #findStamps({ appends = [], writes }: Attempt): void {
    for (const { log, value, stampIn } of appends) {
      const isIt = (key: Key): boolean => this.#contents.versions.get(key)!.some((version) => version.value === value);
      const found = this.#keysWithin(log, log + ABOVE_BYTES).find(isIt);
      writes.set(found ?? `${log} without a stamp`, value);
      writes.set(stampIn, found === undefined ? value : found.slice(log.length));
    }
  }

  #findWriteConflicts(operation: Operation): void {
    const { id } = operation;
    const stored = id === undefined ? undefined : this.#commits.get(id)?.[0];
    if (stored === undefined) return;
    for (const span of attemptOf(operation, stored.attempt)?.writeConflicts ?? []) {
      this.#writeConflicts.push({ span, timestamp: stored.timestamp });
    }
  }

  /** The attempt that committed is there whole, and what it read stood until then. */
  #checkCommitted(operation: Operation, attemptId: string, committedAt: Timestamp): void {
    const attempt = attemptOf(operation, attemptId);
    if (attempt === undefined) {
      this.#fail(operation, `The stores have an attempt that was never made: ${attemptId}`);
      return;
    }
    if (operation.isolation === 'serializable') this.#checkStood(operation, attempt, committedAt);
    this.#checkWhole(operation, attempt, committedAt);
  }

  #checkWhole(operation: Operation, attempt: Attempt, committedAt: Timestamp, isWrite = true): void {
    for (const { key, value } of attempt.preconditions ?? []) {
      const before = valueAt(this.#contents, key, committedAt - 1);
      if (before !== value)
        this.#fail(operation, `It committed at ${committedAt} although ${key} was ${before} and not ${value}`);
    }
    for (const [key, value] of attempt.writes) {
      const stored = valueAt(this.#contents, key, committedAt);
      if (stored !== (value ?? undefined)) {
        this.#fail(operation, `It wrote ${value} to ${key} at ${committedAt}, but ${stored} is there`);
      }
    }
    for (const [key, changes] of attempt.changes ?? []) {
      const expected = changed(valueAt(this.#contents, key, committedAt - 1), changes);
      const stored = valueAt(this.#contents, key, committedAt);
      if (stored !== expected) {
        this.#fail(operation, `It made ${expected} of ${key} at ${committedAt}, but ${stored} is there`);
      }
    }
    if (isWrite) this.#effects.push({ operation, timestamp: committedAt, reached: committedAt, attempt, isWrite });
  }

  #checkStood(operation: Operation, attempt: Attempt, committedAt: Timestamp): void {
    const { readTimestamp } = attempt;
    this.#checkWriteConflicts(operation, attempt, committedAt);
    for (const { key } of attempt.reads) {
      // A key that was written and deleted meanwhile is absent again: as good as if it had been read at the end.
      if (writtenAt(this.#contents, key, readTimestamp) !== writtenAt(this.#contents, key, committedAt - 1)) {
        this.#fail(
          operation,
          `It read ${key} at ${readTimestamp} and committed at ${committedAt}, but the key changed in between`,
        );
      }
    }
    for (const scan of attempt.scans) {
      for (const key of this.#keysWithin(scan.start, scan.end)) {
        if (!isSeen(scan, key) || !changedBetween(this.#contents, key, readTimestamp, committedAt)) continue;
        this.#fail(
          operation,
          `It scanned over ${key} at ${readTimestamp} and committed at ${committedAt}, but it changed in between`,
        );
      }
    }
  }

  #checkWriteConflicts(operation: Operation, { readTimestamp, reads, scans }: Attempt, committedAt: Timestamp): void {
    for (const { span, timestamp } of this.#writeConflicts) {
      if (timestamp <= readTimestamp || timestamp >= committedAt) continue;
      const read = reads.find(({ key }) => key >= span.start && (span.end === undefined || key < span.end));
      const scan = scans.find((one) => one.limit === Infinity && overlap(one, span));
      if (read === undefined && scan === undefined) continue;
      this.#fail(
        operation,
        `It read ${read?.key ?? scan?.start} at ${readTimestamp} and committed at ${committedAt}, against a write conflict of ${timestamp}`,
      );
    }
  }

  #addReads(operation: Operation, attempt: Attempt | undefined): void {
    if (attempt === undefined) return;
    const { readTimestamp: timestamp, reads, scans } = attempt;
    const keys = [...reads.map(({ key }) => key), ...scans.flatMap(({ entries }) => entries.map(([key]) => key))];
    const reached = Math.max(0, ...keys.map((key) => writtenAt(this.#contents, key, timestamp)));
    this.#effects.push({ operation, timestamp, reached, attempt, isWrite: false });
  }

  /** Each version was written at the timestamp of a commit that names its key in the journal. */
  #checkVersionsAreExplained(): void {
    const written = new Set<string>();
    for (const { timestamp, keys } of this.#contents.commits) for (const key of keys) written.add(`${timestamp} ${key}`);
    for (const [key, list] of this.#contents.versions) {
      for (const { from } of list) {
        if (!written.has(`${from} ${key}`)) this.#fail(undefined, `${key} has a version at ${from} that is in no journal`);
      }
    }
  }
}

/** The attempt that a shard knows by an id. */
function attemptOf({ attempts }: Operation, id: string): Attempt | undefined {
  return attempts.findLast((attempt) => attempt.id === id);
}

/** An empty span, of which nothing was seen, overlaps nothing. */
function overlap(a: Span, b: Span): boolean {
  if (a.start === a.end || b.start === b.end) return false;
  return (a.end === undefined || b.start < a.end) && (b.end === undefined || a.start < b.end);
}

/** Whether a scan saw a key or its absence: where it was limited, it ended at the last entry. */
function isSeen({ start, end, reverse, limit, entries }: RecordedScan, key: string): boolean {
  if (key < start || (end !== undefined && key >= end)) return false;
  if (entries.length < limit) return true;
  const last = entries.at(-1)![0];
  return reverse ? key >= last : key <= last;
}
