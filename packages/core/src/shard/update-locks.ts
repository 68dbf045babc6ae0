import { wallTimeOf, type Timestamp } from '../clock/index.js';
import type { MaybePromise } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import { keyHex, spanHolds, type Key, type Span } from '../keys/index.js';
import { deferred, type Deferred } from './deferred.js';
import type { RecentCommits } from './recent-commits.js';
import type { ShardContext } from './shard-context.js';
import type { LockGrant, LockRequest } from './shard.js';
import { isOlder, transactionOf } from './transaction-id.js';

/** How late the end of a lease or a deadline may be noticed, in milliseconds. */
const RESOLUTION_MS = 25;

/** A transaction that waits. */
interface Place {
  readonly transaction: string;
  readonly expiry: Timestamp;
  readonly granted: Deferred<LockGrant>;
}

/** The lock of a key, and the line for it. */
interface Line {
  readonly key: Key;
  holder: string;
  /** Wall clock: from then on somebody else may have it. */
  leaseEndMs: number;
  readonly waiting: Place[];
}

/**
 * The locks that transactions take before they read what they are going to write, so that those who want the same key go one after
 * another instead of undoing each other's work. In memory, and advice only: commits are validated as ever, so a lock that is lost
 * costs a retry at most (docs/protocol/locks.md).
 */
export class UpdateLocks {
  readonly #context: ShardContext;
  readonly #recent: RecentCommits;
  readonly #lines = new Map<Key, Line>();
  /** The lines that somebody waits in. */
  readonly #awaited = new Set<Line>();
  /** By transaction: the keys that it holds or waits for. */
  readonly #keys = new Map<string, Set<Key>>();
  #places = 0;
  #isTicking = false;
  #stopped: PandaError | undefined;

  constructor(context: ShardContext, recent: RecentCommits) {
    this.#context = context;
    this.#recent = recent;
  }

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  /**
   * Wait-die (Rosenkrantz et al., 1978) among those that hold locks: one waits only for younger ones. Who holds nothing waits for anybody,
   * as nobody waits for it.
   */
  lock(request: LockRequest): MaybePromise<LockGrant> {
    const { key, expiry, holdsOthers } = request;
    const transaction = transactionOf(request.transaction);
    const line = this.#lines.get(key);
    if (line !== undefined) this.#endLease(line);
    if (line === undefined || !this.#lines.has(key)) return this.#open(key, transaction);
    if (line.holder === transaction) {
      line.leaseEndMs = this.#leaseEndMs();
      return this.#grant(key);
    }
    const before = line.waiting.find((place) => place.transaction === transaction);
    if (before !== undefined) return before.granted.promise;
    if (holdsOthers) this.#checkMayWait(line, transaction);
    this.#count(key, transaction);
    const place: Place = { transaction, expiry, granted: deferred<LockGrant>() };
    place.granted.promise.catch(() => undefined);
    line.waiting.push(place);
    this.#awaited.add(line);
    this.#tickLater();
    return place.granted.promise;
  }

  /** Gives back all that a transaction holds, and leaves the lines that it waits in. */
  unlock(attempt: string): void {
    const transaction = transactionOf(attempt);
    const keys = this.#keys.get(transaction);
    if (keys === undefined) return;
    for (const key of keys) {
      const line = this.#lines.get(key)!;
      if (line.holder === transaction) this.#pass(line);
      else this.#drop(line, transaction);
    }
  }

  /** The shard no longer owns the span: whoever waits for a key of it has to ask elsewhere. */
  left(span: Span): void {
    const lines = [...this.#lines.values()].filter(({ key }) => spanHolds(span, key));
    for (const line of lines) {
      const { key } = line;
      this.#close(
        line,
        () => new PandaError('RangeMoved', 'The range left the shard', { key: keyHex(key), shard: this.#context.id }),
      );
    }
  }

  /** The leader has stopped: nobody will pass a lock on any more. */
  stop(error: PandaError): void {
    this.#stopped = error;
    for (const line of [...this.#lines.values()]) this.#close(line, () => error);
  }

  #open(key: Key, transaction: string): LockGrant {
    this.#count(key, transaction);
    this.#lines.set(key, { key, holder: transaction, leaseEndMs: this.#leaseEndMs(), waiting: [] });
    return this.#grant(key);
  }

  #grant(key: Key): LockGrant {
    return { timestamp: this.#context.clock.now(), changedAt: this.#recent.lastCommit(key) };
  }

  #leaseEndMs(): number {
    return this.#context.environment.now() + this.#context.settings.lockLeaseMs;
  }

  /** Gives the lock to the next in line who still wants it. */
  #pass(line: Line): void {
    this.#discount(line.key, line.holder);
    const now = this.#context.environment.now();
    for (let next = line.waiting.shift(); next !== undefined; next = line.waiting.shift()) {
      if (wallTimeOf(next.expiry) > now) {
        line.holder = next.transaction;
        line.leaseEndMs = this.#leaseEndMs();
        if (line.waiting.length === 0) this.#awaited.delete(line);
        next.granted.resolve(this.#grant(line.key));
        return;
      }
      this.#expire(line, next);
    }
    this.#awaited.delete(line);
    this.#lines.delete(line.key);
  }

  #drop(line: Line, transaction: string): void {
    const at = line.waiting.findIndex((place) => place.transaction === transaction);
    const [place] = line.waiting.splice(at, 1);
    if (line.waiting.length === 0) this.#awaited.delete(line);
    this.#discount(line.key, transaction);
    place!.granted.reject(this.#error('Conflict', 'The transaction waits for the lock no longer', line.key));
  }

  #expire({ key }: Line, place: Place): void {
    this.#discount(key, place.transaction);
    place.granted.reject(this.#error('DeadlineExceeded', 'The deadline passed while the transaction waited for a lock', key));
  }

  #close(line: Line, error: () => PandaError): void {
    this.#lines.delete(line.key);
    this.#awaited.delete(line);
    this.#discount(line.key, line.holder);
    for (const { transaction, granted } of line.waiting) {
      this.#discount(line.key, transaction);
      granted.reject(error());
    }
  }

  #checkMayWait({ key, holder, waiting }: Line, transaction: string): void {
    const older = isOlder(transaction, holder)
      ? waiting.find((place) => !isOlder(transaction, place.transaction))?.transaction
      : holder;
    if (older === undefined) return;
    throw this.#error('Conflict', 'An older transaction holds a lock that this one needs, or waits for it', key, older);
  }

  #count(key: Key, transaction: string): void {
    if (this.#stopped !== undefined) throw this.#stopped;
    if (this.#places >= this.#context.settings.locksMax) this.#endLeases([...this.#lines.values()]);
    if (this.#places >= this.#context.settings.locksMax) throw this.#error('Overloaded', 'Too many locks are held', key);
    this.#places++;
    const keys = this.#keys.get(transaction);
    if (keys === undefined) this.#keys.set(transaction, new Set([key]));
    else keys.add(key);
  }

  #discount(key: Key, transaction: string): void {
    this.#places--;
    const keys = this.#keys.get(transaction);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(transaction);
  }

  #endLease(line: Line): void {
    if (line.leaseEndMs <= this.#context.environment.now()) this.#pass(line);
  }

  #endLeases(lines: readonly Line[]): void {
    for (const line of lines) this.#endLease(line);
  }

  #tickLater(): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    this.#context.environment.setTimer(RESOLUTION_MS, () => {
      this.#isTicking = false;
      const lines = [...this.#awaited];
      const now = this.#context.environment.now();
      for (const line of lines) {
        const late = line.waiting.filter(({ expiry }) => wallTimeOf(expiry) <= now);
        for (const place of late) {
          line.waiting.splice(line.waiting.indexOf(place), 1);
          this.#expire(line, place);
        }
        if (line.waiting.length === 0) this.#awaited.delete(line);
      }
      this.#endLeases(lines);
      if (this.#awaited.size > 0) this.#tickLater();
    });
  }

  #error(code: 'Conflict' | 'DeadlineExceeded' | 'Overloaded', message: string, key: Key, transactionId?: string): PandaError {
    return new PandaError(code, message, { key: keyHex(key), shard: this.#context.id, transactionId });
  }
}
