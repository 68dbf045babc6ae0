import { PandaError } from '../errors/index.js';
import { SPI_LIMITS } from '../engine/index.js';
import type { RangeChange } from '../rows/index.js';
import type { Attempt } from './attempt.js';
import type { GroupWriter } from './group-writer.js';
import type { JournalReader } from './journal-reader.js';
import type { Outcomes } from './outcomes.js';
import type { OwnedRanges } from './owned-ranges.js';
import type { ShardContext } from './shard-context.js';

/** Room in a batch for the guard, the journal's frame and what else shares the group. */
const BATCH_RESERVE_BYTES = 8 * 1024 * 1024;

/** What every commit and prepare must pass before it looks at locks and rows. */
export class Gate {
  readonly #context: ShardContext;
  readonly #ranges: OwnedRanges;
  readonly #outcomes: Outcomes;
  readonly #journal: JournalReader;
  readonly #writer: GroupWriter;
  #stopped: PandaError | undefined;

  constructor(context: ShardContext, ranges: OwnedRanges, outcomes: Outcomes, journal: JournalReader, writer: GroupWriter) {
    this.#context = context;
    this.#ranges = ranges;
    this.#outcomes = outcomes;
    this.#journal = journal;
    this.#writer = writer;
  }

  /** The leader has stopped: nothing passes any more, nor what waited meanwhile. */
  stop(error: PandaError): void {
    this.#stopped = error;
  }

  /**
   * Throws what refuses the attempt for good; answers what to wait for, or undefined when it may go on. Whether it is a repeat is
   * looked up before the ranges are: `RangeMoved` says that it has not committed here.
   *
   * @param change what it does to the ranges of the shard, instead of reading and writing there.
   */
  obstacle(attempt: Attempt, change?: RangeChange): Promise<void> | undefined {
    if (this.#stopped !== undefined) throw this.#stopped;
    const { request } = attempt;
    const { clock, settings } = this.#context;
    clock.observe(request.readTimestamp);
    if (clock.now() > request.expiry) {
      throw new PandaError('DeadlineExceeded', 'The deadline passed before the commit could be tried', this.#facts(attempt));
    }
    if (this.#outcomes.isAborted(request.transaction)) {
      throw new PandaError('Conflict', 'The transaction was aborted by whoever recovered it', this.#facts(attempt));
    }
    if (this.#writer.waitingBytes > settings.queueBytesMax) {
      throw new PandaError('Overloaded', 'Too many commits wait for the engine', { shard: this.#context.id });
    }
    if (!attempt.journalSearched && !this.#outcomes.remembers(request.transaction)) return this.#searchJournal(attempt);
    if (change !== undefined) {
      this.#ranges.checkChange(change);
      return undefined;
    }
    const changing = this.#ranges.obstacle(request.routes);
    if (changing !== undefined) return changing;
    this.#ranges.check(request.routes, request.writeKeys);
    this.#ranges.check(request.routes, attempt.readKeys, attempt.readSpans);
    return undefined;
  }

  /** Refuses rows that no batch of the engine can hold. */
  checkSize(bytes: number): void {
    const max = Math.min(this.#context.engine.capabilities.batchBytesMax, SPI_LIMITS.batchBytesMin * 2) - BATCH_RESERVE_BYTES;
    if (bytes > max) {
      throw new PandaError('TransactionTooLarge', `What is written and superseded sums to ${bytes} bytes; the limit is ${max}`, {
        shard: this.#context.id,
      });
    }
  }

  /** A transaction older than what is remembered may be a repeat of one that committed. */
  async #searchJournal(attempt: Attempt): Promise<void> {
    const { transaction } = attempt.request;
    const timestamp = await this.#journal.findCommit(transaction, this.#writer.guard.sequence);
    if (timestamp !== undefined) this.#outcomes.recordCommit(transaction, timestamp);
    attempt.journalSearched = true;
  }

  #facts(attempt: Attempt): { shard: string; transactionId: string } {
    return { shard: this.#context.id, transactionId: attempt.request.transaction };
  }
}
