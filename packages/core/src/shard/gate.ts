import { PandaError } from '../errors/index.js';
import type { Attempt } from './attempt.js';
import type { Freezes } from './freezes.js';
import type { GroupWriter } from './group-writer.js';
import type { JournalReader } from './journal-reader.js';
import type { Outcomes } from './outcomes.js';
import type { OwnedRanges } from './owned-ranges.js';
import type { ShardContext } from './shard-context.js';

export interface GateParts {
  readonly context: ShardContext;
  readonly ranges: OwnedRanges;
  readonly freezes: Freezes;
  readonly outcomes: Outcomes;
  readonly journal: JournalReader;
  readonly writer: GroupWriter;
}

/** What every commit and prepare must pass before it looks at locks and rows. */
export class Gate {
  readonly #parts: GateParts;
  #stopped: PandaError | undefined;

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** The leader has stopped: nothing passes any more, nor what waited meanwhile. */
  stop(error: PandaError): void {
    this.#stopped = error;
  }

  /**
   * Throws what refuses the attempt for good; answers what to wait for, or undefined when it may go on. Whether it is a repeat is
   * looked up before the ranges are: `RangeMoved` says that it has not committed here.
   *
   * @param isRangeChange it changes the ranges of the shard, instead of reading and writing there.
   */
  obstacle(attempt: Attempt, isRangeChange = false): Promise<void> | undefined {
    if (this.#stopped !== undefined) throw this.#stopped;
    const { request } = attempt;
    const { clock, settings } = this.#parts.context;
    clock.observe(request.readTimestamp);
    if (clock.now() > request.expiry) {
      throw new PandaError('DeadlineExceeded', 'The deadline passed before the commit could be tried', this.#facts(attempt));
    }
    if (this.#parts.outcomes.isAborted(request.transaction)) {
      throw new PandaError('Conflict', 'The transaction was aborted by whoever recovered it', this.#facts(attempt));
    }
    if (this.#parts.writer.waitingBytes > settings.queueBytesMax) {
      throw new PandaError('Overloaded', 'Too many commits wait for the engine', { shard: this.#parts.context.id });
    }
    if (!attempt.journalSearched && !this.#parts.outcomes.remembers(request.transaction)) return this.#searchJournal(attempt);
    if (isRangeChange) return undefined;
    const changing = this.#parts.ranges.obstacle(request.routes) ?? this.#parts.freezes.obstacle(request.routes);
    if (changing !== undefined) return changing;
    this.checkOwned(attempt);
    this.#parts.ranges.check(request.routes, attempt.readKeys, attempt.readSpans);
    if (request.writeConflicts !== undefined) this.#parts.ranges.check(request.routes, [], request.writeConflicts);
    return undefined;
  }

  /** Throws `RangeMoved` unless what is written lies in the ranges that the request names. */
  checkOwned({ request, writeKeys }: Attempt): void {
    this.#parts.ranges.check(request.routes, writeKeys);
  }

  /** A transaction older than what is remembered may be a repeat of one that committed. */
  async #searchJournal(attempt: Attempt): Promise<void> {
    const { transaction } = attempt.request;
    const commit = await this.#parts.journal.findCommit(transaction, this.#parts.writer.guard.sequence);
    if (commit !== undefined) this.#parts.outcomes.recordCommit(commit.attempt, commit.timestamp);
    else if (!this.#parts.journal.reachesTo(transaction)) {
      const message = 'The transaction began before what the journal still tells, so it cannot be told from a repeat';
      throw new PandaError('SnapshotTooOld', message, this.#facts(attempt));
    }
    attempt.journalSearched = true;
  }

  #facts(attempt: Attempt): { shard: string; transactionId: string } {
    return { shard: this.#parts.context.id, transactionId: attempt.request.transaction };
  }
}
