import { TICKS_PER_MS, timestampAt, type Timestamp } from '../clock/index.js';
import { isPromise, type Entry, type MaybePromise, type WriteBatch } from '../engine/index.js';
import { invariant, PandaError } from '../errors/index.js';
import { encodeGuardRow, encodeJournalRow, GUARD_ROW_KEY, rowKeyBytes, type GuardRow } from '../rows/index.js';
import { Group } from './group.js';
import { GroupStart } from './group-start.js';
import { GuardedBatch, type BatchResult } from './guarded-batch.js';
import type { ShardContext } from './shard-context.js';

const GUARD_KEY = rowKeyBytes(GUARD_ROW_KEY);

/**
 * With so many members a group is written at once, and does not wait for what else this turn brings: then the engine writes one
 * half of the clients' commits while this thread prepares the other half.
 */
const START_MEMBERS = 32;

/**
 * While writes take longer than this, in milliseconds, halves do not pay: the clients whose commits were just written are back sooner than
 * a half is written, and then one write does for all.
 */
const SLOW_WRITE_MS = 6;
/** How much the last write counts in the mean. */
const MEAN_WEIGHT = 0.25;

/** After a group of fewer members the next one starts in the same turn. */
const LONELY_MEMBERS_MAX = 2;

/** A group in the hands of the engine. */
interface Writing {
  readonly group: Group;
  readonly begunMs: number;
  readonly result: MaybePromise<BatchResult>;
}

/** What the writer tells the leader. */
export interface GroupWriterEvents {
  /** A group is in the engine; called before its members hear of it. */
  written(group: Group): void;
  /** None of the groups' rows is or will be in the engine; called before their members hear of it. */
  abandoned(groups: readonly Group[]): void;
  /** Of those that are still to be written, no cross-shard transaction commits before this timestamp. */
  earliestPrepared(): Timestamp;
  /** The leader must stop. */
  fatal(error: PandaError): void;
}

/**
 * Group commit: at most one batch is in flight; what arrives meanwhile gathers into the next one. A batch moves the guard from
 * (epoch, s) to (epoch, s + 1) and raises the lease.
 */
export class GroupWriter {
  readonly #context: ShardContext;
  readonly #events: GroupWriterEvents;
  readonly #start: GroupStart;
  #guard: GuardRow;
  /** The guard that was written last: mostly what the next batch expects. */
  #encoded: { readonly guard: GuardRow; readonly row: Buffer };
  /** Full groups, then the one that takes members. */
  readonly #waiting: Group[] = [new Group()];
  #waitingBytes = 0;
  /** The group in the hands of the engine. */
  #writing: Group | undefined;
  /** Members of the group that was written last. */
  #lastMembers = 0;
  /** How long writes took lately, in milliseconds. */
  #writeMs = 0;
  #eager = false;
  #leaseWanted: Timestamp = 0;
  #stopped: PandaError | undefined;
  #idle: (() => void)[] = [];

  constructor(context: ShardContext, guard: GuardRow, events: GroupWriterEvents) {
    this.#context = context;
    this.#guard = guard;
    this.#encoded = { guard, row: encodeGuardRow(guard) };
    this.#events = events;
    this.#start = new GroupStart({
      environment: context.environment,
      lazyFlushMs: context.settings.lazyFlushMs,
      mayBegin: () => this.#writing === undefined && this.#stopped === undefined,
      begin: () => void this.#run(),
    });
  }

  get guard(): GuardRow {
    return this.#guard;
  }

  /** The group that takes new members. Whoever joins calls {@link joined} in the same turn. */
  get open(): Group {
    return this.#waiting[this.#waiting.length - 1]!;
  }

  /** The same, with room for this many bytes more within what the engine takes in one batch. */
  openFor(bytes: number): Group {
    const group = this.open;
    if (group.bytes === 0 || group.bytes + bytes <= this.#context.engine.capabilities.batchBytesMax / 2) return group;
    this.#waitingBytes += group.bytes;
    this.#waiting.push(new Group());
    return this.open;
  }

  /** The commit of a transaction on this shard alone that has joined a group whose fate is not known. */
  pendingCommit(transactionId: string): Promise<Timestamp> | undefined {
    const writing = this.#writing?.pending.find(transactionId);
    if (writing !== undefined) return writing;
    for (const group of this.#waiting) {
      const waiting = group.pending.find(transactionId);
      if (waiting !== undefined) return waiting;
    }
    return undefined;
  }

  /** The commits that are not in the engine yet are at or above this timestamp. */
  get earliestUnwritten(): Timestamp {
    return Math.min(this.#earliestWaiting, this.#writing?.earliestCommit ?? Infinity);
  }

  get #earliestWaiting(): Timestamp {
    let earliest = this.#events.earliestPrepared();
    for (const group of this.#waiting) earliest = Math.min(earliest, group.earliestCommit);
    return earliest;
  }

  /** Bytes that wait for a group. */
  get waitingBytes(): number {
    return this.#waitingBytes + this.open.bytes;
  }

  /** After rows or members were added to {@link open}: writes it soon, or (`lazy`) with the next group that somebody waits for. */
  joined(lazy = false): void {
    if (this.#stopped !== undefined) {
      this.#abandonWaiting(this.#stopped);
      return;
    }
    const group = this.open;
    if (group.bytes >= this.#context.settings.groupBytesMax) {
      this.#waitingBytes += group.bytes;
      this.#waiting.push(new Group());
    }
    if (this.#isWorthStarting()) void this.#run();
    else if (lazy && !this.#eager) this.#start.lazily();
    else if (this.#lastMembers < LONELY_MEMBERS_MAX) this.#start.soon();
    else this.#start.nextTurn();
  }

  /** From now on nothing waits for company. */
  hurry(): void {
    this.#eager = true;
    if (!this.open.isEmpty) this.#start.nextTurn();
  }

  /** Raises the lease to at least `timestamp`; resolves when it holds. */
  async raiseLease(timestamp: Timestamp): Promise<void> {
    while (this.#guard.clockBound < timestamp) {
      if (this.#stopped !== undefined) throw this.#stopped;
      this.#leaseWanted = Math.max(this.#leaseWanted, timestamp);
      // The batch under way may raise it far enough, and then the open group may have nothing to be written for.
      const group = this.#writing ?? this.open;
      this.#start.nextTurn();
      await group.settled;
    }
  }

  /** Resolves when a write has shown that nobody else leads the shard; `LeadershipLost` where somebody does. */
  async confirm(): Promise<void> {
    await this.raiseLease(this.#guard.clockBound + 1);
  }

  /** Raises the lease to a full window from now, in the background. */
  renewLease(): void {
    this.#start.nextTurn();
  }

  /** Resolves when nothing waits. */
  async drain(): Promise<void> {
    this.hurry();
    while (this.#stopped === undefined && (this.#writing !== undefined || this.#start.isScheduled || !this.open.isEmpty)) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  /** Takes nothing more; what waits fails with `error` and is not in the engine. */
  stop(error: PandaError): void {
    this.#stopped ??= error;
    this.#start.cancelLazy();
    this.#abandonWaiting(error);
    this.#wakeIdle();
  }

  /** Writes one group; then the next, if that is large already: it is with the engine before this one's members are told. */
  async #run(): Promise<void> {
    for (let writing: Writing | undefined = this.#begin(); writing !== undefined;) {
      const { group, begunMs, result } = writing;
      writing = undefined;
      try {
        const { applied, guard } = isPromise(result) ? await result : result;
        this.#writing = undefined;
        this.#guard = guard;
        this.#writeMs += MEAN_WEIGHT * (this.#context.environment.now() - begunMs - this.#writeMs);
        if (applied && this.#isWorthStarting()) writing = this.#begin();
        if (applied) this.#events.written(group);
        else this.#abandon(group);
      } catch (error) {
        if (writing === undefined) this.#writing = undefined;
        this.#fatal(group, error);
      }
      group.tell();
    }
    this.#rest();
  }

  #begin(): Writing {
    const group = this.#take();
    this.#writing = group;
    this.#lastMembers = group.members.length;
    const begunMs = this.#context.environment.now();
    try {
      return { group, begunMs, result: this.#write(group) };
    } catch (error) {
      return { group, begunMs, result: Promise.reject(error) };
    }
  }

  #take(): Group {
    const group = this.#waiting.shift()!;
    if (this.#waiting.length === 0) this.#waiting.push(new Group());
    else this.#waitingBytes -= group.bytes;
    return group;
  }

  #write(group: Group): MaybePromise<BatchResult> {
    const next = this.#nextGuard();
    return new GuardedBatch(this.#context, {
      batch: this.#batchOf(group, next),
      expected: this.#guard,
      next,
      hasCommits: group.commits.length > 0,
      isClosing: () => this.#eager,
    }).run();
  }

  /** Whether the engine is better given what has gathered than left idle while this thread makes more of it. */
  #isWorthStarting(): boolean {
    if (this.#writing !== undefined || this.#stopped !== undefined || this.#writeMs > SLOW_WRITE_MS) return false;
    return this.open.members.length >= START_MEMBERS;
  }

  #rest(): void {
    if (this.#writing !== undefined) return;
    const more = !this.open.isEmpty || this.#waiting.length > 1 || this.#leaseWanted > this.#guard.clockBound;
    if (more && this.#stopped === undefined) this.#start.nextTurn();
    else this.#wakeIdle();
  }

  #nextGuard(): GuardRow {
    const { environment, settings, clock } = this.#context;
    const lease = timestampAt(environment.now()) + settings.leaseWindowMs * TICKS_PER_MS;
    const { epoch, leader, sequence, clockBound } = this.#guard;
    return { epoch, leader, sequence: sequence + 1, clockBound: Math.max(clockBound, lease, clock.now(), this.#leaseWanted) };
  }

  #batchOf(group: Group, next: GuardRow): WriteBatch {
    for (const commit of group.commits) invariant(commit.timestamp <= next.clockBound, 'a commit lies below the lease');
    const expected = this.#encoded.guard === this.#guard ? this.#encoded.row : encodeGuardRow(this.#guard);
    this.#encoded = { guard: next, row: encodeGuardRow(next) };
    const guard = { key: GUARD_KEY, expected, next: this.#encoded.row };
    const { puts, deletes } = group.rows(this.#journalOf(group, next));
    return { guard, puts, deletes };
  }

  /** A group without commits leaves no trace in the journal. */
  #journalOf({ commits }: Group, { sequence, epoch }: GuardRow): readonly Entry[] {
    if (commits.length === 0) return [];
    const writtenAt = this.#context.clock.last;
    const complete = Math.min(writtenAt, this.#earliestWaiting - 1);
    return encodeJournalRow({ sequence, epoch, writtenAt, complete, commits });
  }

  #abandon(group: Group): void {
    const error = new PandaError('ShardUnavailable', 'The engine did not take a group of commits; nothing of it was applied', {
      shard: this.#context.id,
    });
    this.#abandonWaiting(error);
    this.#events.abandoned([group]);
    group.fail(error, false);
  }

  /** The latest first, so that each member finds the locks as they were when it joined. */
  #abandonWaiting(error: PandaError): void {
    const waiting = this.#waiting.splice(0, this.#waiting.length, new Group());
    this.#waitingBytes = 0;
    this.#events.abandoned(waiting);
    for (const group of waiting.reverse()) group.fail(error, false);
  }

  #fatal(group: Group, error: unknown): void {
    const fatal = PandaError.is(error)
      ? error
      : new PandaError('Corruption', 'The leader failed while it wrote a group', { shard: this.#context.id, cause: error });
    this.#stopped = fatal;
    this.#events.fatal(fatal);
    this.#abandonWaiting(fatal);
    // Another leader's guard keeps the batch out for ever, unless the journal showed it; else nobody knows.
    group.fail(fatal, PandaError.is(fatal, 'LeadershipLost') ? false : undefined);
  }

  #wakeIdle(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const wake of idle) wake();
  }
}
