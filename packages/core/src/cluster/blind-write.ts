import { timestampAt, type Environment, type HybridClock, type Timestamp } from '../clock/index.js';
import { attemptOf, type Precondition } from '../shard/index.js';
import { retryAfter, type CommitWork, type Coordinator, type Statistics } from '../transaction/index.js';
import type { Writes } from './mutation.js';

const NO_KEYS: CommitWork['readKeys'] = new Map();
const NO_SPANS: CommitWork['readSpans'] = [];

/** One attempt at a write that has read nothing. */
export class BlindWrite implements CommitWork {
  readonly readKeys = NO_KEYS;
  readonly readSpans = NO_SPANS;
  readonly writeKeys: CommitWork['writeKeys'];
  readonly writeValues: CommitWork['writeValues'];
  readonly writeOperations: CommitWork['writeOperations'];
  readonly stamps: CommitWork['stamps'];

  constructor(
    readonly transaction: string,
    readonly readTimestamp: Timestamp,
    readonly expiry: Timestamp,
    { writeKeys, writeValues, writeOperations, stamps }: Writes,
    readonly preconditions: readonly Precondition[],
  ) {
    this.writeKeys = writeKeys;
    this.writeValues = writeValues;
    this.writeOperations = writeOperations;
    this.stamps = stamps;
  }

  /** It holds nothing that an abort would have to give back. */
  abort(): void {
    return;
  }
}

interface WriterParts {
  readonly environment: Environment;
  readonly clock: HybridClock;
  readonly coordinator: Coordinator;
  readonly statistics: Statistics;
}

/** The first attempt, which nearly always succeeds: what it takes to try again is made when it has not. */
export class FirstBlindWrite extends BlindWrite {
  readonly #parts: WriterParts;
  readonly #id: string;
  readonly #deadlineMs: number;
  readonly #writes: Writes;
  readonly #signal: AbortSignal | undefined;

  /**
   * @param start when the transaction begins
   * @param deadlineMs until when, by the wall clock, it is tried
   */
  constructor(
    parts: WriterParts,
    id: string,
    start: Timestamp,
    deadlineMs: number,
    writes: Writes,
    preconditions: readonly Precondition[],
    signal: AbortSignal | undefined,
  ) {
    super(attemptOf(id, 1), start, timestampAt(deadlineMs), writes, preconditions);
    this.#parts = parts;
    this.#id = id;
    this.#deadlineMs = deadlineMs;
    this.#writes = writes;
    this.#signal = signal;
  }

  afterFailure(failure: unknown): Promise<Timestamp> {
    const { clock, coordinator, environment, statistics } = this.#parts;
    return retryAfter(failure, environment, statistics, {
      deadlineMs: this.#deadlineMs,
      signal: this.#signal,
      begin: (attempt) =>
        new BlindWrite(attemptOf(this.#id, attempt), clock.now(), this.expiry, this.#writes, this.preconditions),
      body: (work) => coordinator.commit(work),
      ended: () => undefined,
    });
  }
}
