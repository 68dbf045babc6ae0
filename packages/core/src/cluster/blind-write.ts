import type { Timestamp } from '../clock/index.js';
import type { Precondition } from '../shard/index.js';
import type { CommitWork } from '../transaction/index.js';
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
