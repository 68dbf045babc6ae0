import { isTimestamp, type Timestamp } from '../clock/index.js';
import type { MaybePromise } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import { Anchor } from './anchor.js';
import { Attempt } from './attempt.js';
import type { Collection } from './collection.js';
import type { Collector } from './collector.js';
import { CommitRows } from './commit-rows.js';
import { ChangeReader } from './change-reader.js';
import { Committer } from './committer.js';
import { CurrentRows } from './current-rows.js';
import type { FeedPage, FeedRequest } from './feed.js';
import { Freezes } from './freezes.js';
import { Gate } from './gate.js';
import { GroupWriter, type GroupWriterEvents } from './group-writer.js';
import { Imports } from './imports.js';
import { KeyHistory } from './key-history.js';
import type { LeaderState } from './leader-state.js';
import { LeaderTransfer } from './leader-transfer.js';
import { Lease } from './lease.js';
import { LoadSamples } from './load-samples.js';
import { LockTable } from './lock-table.js';
import { Outcomes } from './outcomes.js';
import { OwnedRanges, type OwnershipChange } from './owned-ranges.js';
import { Participant } from './participant.js';
import { Past } from './past.js';
import { PointReads } from './point-reads.js';
import { PreparedTransactions } from './prepared-transactions.js';
import { RangeChanges } from './range-changes.js';
import { RangeReads } from './range-reads.js';
import type { RangeTransfer } from './range-transfer.js';
import { RecentCommits } from './recent-commits.js';
import { RecentGroups } from './recent-groups.js';
import { ServedReads } from './served-reads.js';
import type { ShardContext } from './shard-context.js';
import type {
  CommitRequest,
  Decision,
  DecideRequest,
  Finding,
  HistoryRequest,
  HistoryResult,
  LatestTimestampRequest,
  LockGrant,
  LockRequest,
  PrepareRequest,
  ReadRequest,
  ResolveRequest,
  ScanRequest,
  ScanResult,
  Shard,
  ShardStatus,
  Vote,
  WatchRequest,
} from './shard.js';
import { Sweeper } from './sweeper.js';
import { UpdateLocks } from './update-locks.js';
import { UnflushedVersions } from './unflushed-versions.js';
import { Validator } from './validator.js';
import type { Version } from './version.js';
import { Visibility } from './visibility.js';
import { Watches } from './watches.js';
import { WriteConflicts } from './write-conflicts.js';

/** The one process that serves a shard: wires its parts together and is their {@link Shard} to the outside (ARCHITECTURE.md). */
export class Leader implements Shard {
  readonly id: string;
  readonly #context: ShardContext;
  /** Its part in the moves of ranges. */
  readonly transfer: RangeTransfer;
  readonly #collector: Collector;
  readonly #ranges: OwnedRanges;
  readonly #freezes: Freezes;
  readonly #writer: GroupWriter;
  readonly #recentGroups = new RecentGroups();
  readonly #gate: Gate;
  readonly #visibility: Visibility;
  readonly #prepared = new PreparedTransactions();
  readonly #outcomes: Outcomes;
  readonly #updateLocks: UpdateLocks;
  readonly #reads: ServedReads;
  readonly #watches: Watches;
  readonly #changes: ChangeReader;
  readonly #committer: Committer;
  readonly #participant: Participant;
  readonly #anchor: Anchor;
  readonly #load: LoadSamples;
  readonly #sweeper: Sweeper;
  #stopped: PandaError | undefined;

  constructor(context: ShardContext, state: LeaderState) {
    const { settings } = context;
    this.id = context.id;
    this.#context = context;
    this.#ranges = new OwnedRanges(context.id, state.ranges);
    const locks = new LockTable();
    const unflushed = new UnflushedVersions();
    const recent = new RecentCommits(settings.recentCommitsMax, state.floor);
    const rows = new CurrentRows(context, unflushed, recent);
    if (state.isEmpty) rows.foundEmpty({ start: '', end: undefined }, recent.position);
    this.#outcomes = new Outcomes(settings.recentTransactionsMax, state.floor, state.outcomes);
    this.#writer = new GroupWriter(context, state.guard, this.#eventsFor(rows, unflushed, recent));
    this.#visibility = new Visibility(locks, unflushed);
    const lease = new Lease(context.clock, this.#writer, settings.leaseWindowMs);
    const check = (): void => this.#check();
    const judge = (error: unknown) => this.#judge(error);
    const past = new Past({ context, writer: this.#writer, judge }, state);
    const { arrived, collector, journal, thresholds } = past;
    this.#collector = collector;
    const points = new PointReads(context, rows, recent, this.#visibility);
    const spans = new RangeReads(context, rows, recent, this.#visibility, thresholds);
    const load = (this.#load = new LoadSamples(context.environment));
    const conflicts = new WriteConflicts(state.conflictsUpTo);
    const watches = (this.#watches = new Watches(context.environment, spans));
    const histories = new KeyHistory(context, rows, this.#visibility, thresholds);
    this.#reads = new ServedReads({ ranges: this.#ranges, lease, thresholds, points, spans, histories, watches, load, check });
    this.#changes = new ChangeReader({ context, rows, journal, lease, ranges: this.#ranges, thresholds, writer: this.#writer });
    const validator = new Validator(context, rows, recent, spans, conflicts);
    const freezes = new Freezes(context.environment);
    this.#freezes = freezes;
    const imports = new Imports(context.id, state.imports);
    const ranges = this.#ranges;
    const writer = this.#writer;
    this.#gate = new Gate({ context, ranges, freezes, outcomes: this.#outcomes, journal, writer });
    const ownershipChanged = (change: OwnershipChange): void => {
      // Of what comes, as of what a leader takes over, nothing is known but the rows.
      if (change.gained.length + change.left.length > 0) recent.forget(context.clock.last);
      rows.ownershipChanged(change);
      for (const span of change.left) {
        this.#updateLocks.left(span);
        this.#watches.left(span);
      }
    };
    const changes = new RangeChanges({ context, ranges, freezes, imports, arrived, locks, conflicts, ownershipChanged });
    const moving = { context, ranges, freezes, imports, locks, conflicts, lease, writer, check };
    this.transfer = new LeaderTransfer({ ...moving, journal, recentGroups: this.#recentGroups, collector, thresholds, load });
    const own = { gate: this.#gate, outcomes: this.#outcomes, prepared: this.#prepared };
    const shared = { ...own, context, locks, conflicts, changes, validator, writer };
    const commitRows = new CommitRows(context, rows, unflushed, recent);
    this.#updateLocks = new UpdateLocks(context, recent);
    this.#committer = new Committer({ ...shared, rows: commitRows, updateLocks: this.#updateLocks, judge });
    this.#participant = new Participant({ ...shared, rows: commitRows });
    this.#anchor = new Anchor({ ...shared, participant: this.#participant, committer: this.#committer, journal });
    this.#sweeper = new Sweeper({ ...shared, anchor: this.#anchor, participant: this.#participant, judge });
    for (const prepared of state.prepared) {
      this.#prepared.add(prepared);
      locks.acquire(prepared);
      changes.hold(prepared);
    }
    if (state.prepared.length > 0 || state.outcomes.length > 0) this.#sweeper.wake();
  }

  #eventsFor(rows: CurrentRows, unflushed: UnflushedVersions, recent: RecentCommits): GroupWriterEvents {
    return {
      written: (group) => {
        for (const commit of group.commits) this.#outcomes.recordCommit(commit.transaction, commit.timestamp);
        rows.settle(group);
        this.#watches.written(group.versions.keys());
        this.#recentGroups.written(group, this.#writer.guard.sequence);
      },
      abandoned: (groups) => {
        for (const group of groups) unflushed.settle(group);
        recent.retract(groups.flatMap((group) => group.positions()));
        // The removal of a row may have been among them.
        this.#sweeper.wake();
      },
      earliestPrepared: () => this.#prepared.earliest,
      fatal: (error) => this.#stop(error),
    };
  }

  read(request: ReadRequest): MaybePromise<readonly Version[]> {
    return this.#reads.read(request);
  }

  scan(request: ScanRequest): MaybePromise<ScanResult> {
    return this.#reads.scan(request);
  }

  latestTimestamp(request: LatestTimestampRequest): Promise<Timestamp> {
    return this.#reads.latestTimestamp(request);
  }

  lock(request: LockRequest): MaybePromise<LockGrant> {
    this.#check();
    const changing = this.#ranges.obstacle(request.routes);
    if (changing !== undefined) return changing.then(() => this.lock(request));
    this.#ranges.check(request.routes, [request.key]);
    return this.#updateLocks.lock(request);
  }

  unlock(transaction: string): void {
    this.#updateLocks.unlock(transaction);
  }

  watch(request: WatchRequest): Promise<Timestamp | undefined> {
    return this.#reads.watch(request);
  }

  feed(request: FeedRequest): Promise<FeedPage> {
    return this.#write(() => this.#changes.page(request));
  }

  history(request: HistoryRequest): Promise<HistoryResult> {
    return this.#reads.history(request);
  }

  commit(request: CommitRequest): Promise<Timestamp> {
    try {
      this.#check();
      const committed = this.#committer.commit(new Attempt(request));
      this.#load.countCommit(request);
      this.#load.time(committed);
      return committed;
    } catch (error) {
      return Promise.reject(this.#judge(error));
    }
  }

  prepare(request: PrepareRequest): Promise<Timestamp> {
    this.#load.countCommit(request);
    return this.#write(async () => {
      const promised = await this.#participant.prepare(new Attempt(request));
      this.#sweeper.wake();
      return promised;
    });
  }

  learn(transaction: string, committedAt: Timestamp, stampedBy?: string): void {
    if (isTimestamp(committedAt)) this.#participant.learn(transaction, committedAt, stampedBy);
  }

  decide(request: DecideRequest): Promise<Decision> {
    return this.#decide(() => this.#anchor.decide(request));
  }

  apply(transaction: string, decision: Decision): Promise<void> {
    return this.#write(() => this.#participant.apply(transaction, decision));
  }

  forget(transaction: string, participants: readonly string[]): void {
    if (this.#stopped === undefined) this.#anchor.forget(transaction, participants);
  }

  vote(transaction: string): Promise<Vote> {
    return this.#decide(() => this.#anchor.vote(transaction));
  }

  resolve(request: ResolveRequest): Promise<Decision> {
    return this.#decide(() => this.#anchor.resolve(request));
  }

  find(transactionId: string): Promise<Finding> {
    return this.#write(() => this.#anchor.find(transactionId));
  }

  forbid(transactionId: string, beforeRun?: Timestamp): Promise<Finding> {
    return this.#decide(() => this.#anchor.forbid(transactionId, beforeRun));
  }

  recover(): Promise<void> {
    return this.#write(() => this.#sweeper.sweep(true));
  }

  status(): ShardStatus {
    const { epoch, sequence, clockBound } = this.#writer.guard;
    return {
      id: this.id,
      epoch,
      sequence,
      clock: this.#context.clock.last,
      clockBound,
      prepared: this.#prepared.size,
      unfinishedOutcomes: [...this.#outcomes.rows.values()].filter((row) => row.committedAt !== undefined).length,
      ranges: this.#ranges.size,
    };
  }

  hurry(): void {
    this.#writer.hurry();
  }

  /** Its part in giving up what is too old. */
  get collection(): Collection {
    return this.#collector;
  }

  async close(): Promise<void> {
    this.#sweeper.stop();
    await this.#collector.stop();
    await this.#writer.drain();
    this.#stop(new PandaError('Closed', 'The shard is closed', { shard: this.id }));
    await this.#context.engine.close();
  }

  #check(): void {
    if (this.#stopped !== undefined) throw this.#stopped;
  }

  /** Runs what may write. */
  async #write<T>(work: () => Promise<T>): Promise<T> {
    this.#check();
    try {
      return await work();
    } catch (error) {
      throw this.#judge(error);
    }
  }

  /** Runs what may leave an outcome row, which the sweeper removes in its time. */
  async #decide<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.#write(work);
    } finally {
      this.#sweeper.wake();
    }
  }

  /** A broken invariant, or a sign of another leader, stops this one in the same turn, before anything half-built reaches a batch. */
  #judge(error: unknown): Error {
    if (PandaError.is(error, 'Corruption') || PandaError.is(error, 'LeadershipLost')) this.#stop(error);
    return error as Error;
  }

  #stop(error: PandaError): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = error;
    this.#sweeper.stop();
    void this.#collector.stop();
    this.#gate.stop(error);
    this.#visibility.stop(error);
    this.#watches.stop(error);
    this.#updateLocks.stop(error);
    this.#writer.stop(error);
    this.#freezes.thawAll();
    // Whoever waits for a lock would wait for ever: nobody will release it here.
    for (const prepared of this.#prepared.all()) prepared.notify();
  }
}
