import { PandaError, type ShardStatus, type Timestamp } from '@pandakv/core';
import { isPromise, type MaybePromise } from '@pandakv/core/engine';
import {
  transactionOf,
  type CommitRequest,
  type Decision,
  type DecideRequest,
  type Finding,
  type WatchRequest,
  type FeedPage,
  type FeedRequest,
  type HistoryRequest,
  type HistoryResult,
  type LatestTimestampRequest,
  type LockGrant,
  type LockRequest,
  type PrepareRequest,
  type ReadRequest,
  type ResolveRequest,
  type ScanRequest,
  type ScanResult,
  type Shard,
  type Version,
  type Vote,
} from '@pandakv/core/shard';

/** What is called over the network. */
export type ShardMethod =
  | 'read'
  | 'scan'
  | 'latestTimestamp'
  | 'lock'
  | 'unlock'
  | 'history'
  | 'feed'
  | 'watch'
  | 'commit'
  | 'prepare'
  | 'learn'
  | 'decide'
  | 'apply'
  | 'forget'
  | 'vote'
  | 'resolve'
  | 'find'
  | 'forbid'
  | 'status';

export interface ShardCall {
  readonly shard: string;
  readonly method: ShardMethod;
  readonly args: readonly unknown[];
}

/** How long a caller waits, in milliseconds. */
const TIMEOUT_MS: Partial<Record<ShardMethod, number>> = { read: 800, scan: 800, status: 800, lock: 3_000, commit: 3_000 };
const TIMEOUT_MS_ELSE = 2_000;

/** Brings calls to wherever the shard is served. */
export interface Transport {
  /** The leader, if this very process serves the shard. */
  local(shard: string): Shard | undefined;
  /** Resolves with the answer; rejects with what the leader refused with, or with `onTimeout`. */
  call(call: ShardCall, timeoutMs: number, onTimeout: () => PandaError): Promise<unknown>;
  /** The same without an answer. */
  tell(call: ShardCall): void;
}

/**
 * A shard behind the network. Silence is `ShardUnavailable`, as nobody can tell whether the message or its answer was lost, but for a
 * commit: what may have been done must not be done again, so there it is `CommitUnknown`.
 */
export class RemoteShard implements Shard {
  readonly id: string;
  readonly #transport: Transport;

  constructor(id: string, transport: Transport) {
    this.id = id;
    this.#transport = transport;
  }

  read(request: ReadRequest): MaybePromise<readonly Version[]> {
    return this.#here?.read(request) ?? (this.#call('read', request) as Promise<readonly Version[]>);
  }

  scan(request: ScanRequest): MaybePromise<ScanResult> {
    return this.#here?.scan(request) ?? (this.#call('scan', request) as Promise<ScanResult>);
  }

  latestTimestamp(request: LatestTimestampRequest): Promise<Timestamp> {
    return this.#here?.latestTimestamp(request) ?? (this.#call('latestTimestamp', request) as Promise<Timestamp>);
  }

  lock(request: LockRequest): MaybePromise<LockGrant> {
    return this.#here?.lock(request) ?? (this.#call('lock', request) as Promise<LockGrant>);
  }

  unlock(transaction: string): void {
    const here = this.#here;
    if (here === undefined) this.#tell('unlock', transaction);
    else here.unlock(transaction);
  }

  watch(request: WatchRequest): Promise<Timestamp | undefined> {
    return this.#here?.watch(request) ?? (this.#call('watch', request) as Promise<Timestamp | undefined>);
  }

  feed(request: FeedRequest): Promise<FeedPage> {
    return this.#here?.feed(request) ?? (this.#call('feed', request) as Promise<FeedPage>);
  }

  history(request: HistoryRequest): Promise<HistoryResult> {
    return this.#here?.history(request) ?? (this.#call('history', request) as Promise<HistoryResult>);
  }

  commit(request: CommitRequest): Promise<Timestamp> {
    return this.#here?.commit(request) ?? (this.#call('commit', request) as Promise<Timestamp>);
  }

  prepare(request: PrepareRequest): Promise<Timestamp> {
    return this.#here?.prepare(request) ?? (this.#call('prepare', request) as Promise<Timestamp>);
  }

  learn(transaction: string, committedAt: Timestamp, stampedBy?: string): void {
    const here = this.#here;
    if (here === undefined) this.#tell('learn', transaction, committedAt, stampedBy);
    else here.learn(transaction, committedAt, stampedBy);
  }

  decide(request: DecideRequest): Promise<Decision> {
    return this.#here?.decide(request) ?? (this.#call('decide', request) as Promise<Decision>);
  }

  apply(transaction: string, decision: Decision): Promise<void> {
    return this.#here?.apply(transaction, decision) ?? (this.#call('apply', transaction, decision) as Promise<void>);
  }

  forget(transaction: string, participants: readonly string[]): void {
    const here = this.#here;
    if (here === undefined) this.#tell('forget', transaction, participants);
    else here.forget(transaction, participants);
  }

  vote(transaction: string): Promise<Vote> {
    return this.#here?.vote(transaction) ?? (this.#call('vote', transaction) as Promise<Vote>);
  }

  resolve(request: ResolveRequest): Promise<Decision> {
    return this.#here?.resolve(request) ?? (this.#call('resolve', request) as Promise<Decision>);
  }

  find(transactionId: string): Promise<Finding> {
    return this.#here?.find(transactionId) ?? (this.#call('find', transactionId) as Promise<Finding>);
  }

  forbid(transactionId: string, beforeRun?: Timestamp): Promise<Finding> {
    return this.#here?.forbid(transactionId, beforeRun) ?? (this.#call('forbid', transactionId, beforeRun) as Promise<Finding>);
  }

  status(): MaybePromise<ShardStatus> {
    return this.#here?.status() ?? (this.#call('status') as Promise<ShardStatus>);
  }

  /** Whoever leads the shard sees to this. */
  async recover(): Promise<void> {}

  hurry(): void {}

  async close(): Promise<void> {}

  get #here(): Shard | undefined {
    return this.#transport.local(this.id);
  }

  #tell(method: ShardMethod, ...args: readonly unknown[]): void {
    this.#transport.tell({ shard: this.id, method, args });
  }

  #call(method: ShardMethod, ...args: readonly unknown[]): Promise<unknown> {
    return this.#transport.call({ shard: this.id, method, args }, TIMEOUT_MS[method] ?? TIMEOUT_MS_ELSE, () =>
      method === 'commit' ? this.#commitUnknown(args[0] as CommitRequest) : this.#silent(method),
    );
  }

  #silent(method: ShardMethod): PandaError {
    return new PandaError('ShardUnavailable', `The shard did not answer in time (${method})`, { shard: this.id });
  }

  #commitUnknown({ transaction }: CommitRequest): PandaError {
    return new PandaError('CommitUnknown', 'The shard did not answer in time; look the outcome up', {
      shard: this.id,
      transactionId: transactionOf(transaction),
    });
  }
}

/** Runs a call on a leader, at its node. */
export async function perform(leader: Shard, { method, args }: ShardCall): Promise<unknown> {
  const target = leader as unknown as Record<ShardMethod, (...args: readonly unknown[]) => unknown>;
  const result = target[method](...args);
  return isPromise(result) ? await result : result;
}
