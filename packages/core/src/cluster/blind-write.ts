import type { Timestamp } from '../clock/index.js';
import type { Key } from '../keys/index.js';
import type { Precondition } from '../shard/index.js';
import type { CommitWork } from '../transaction/index.js';

const NO_KEYS: CommitWork['readKeys'] = new Map();
const NO_SPANS: CommitWork['readSpans'] = [];

/** One attempt at a write that has read nothing. */
export class BlindWrite implements CommitWork {
  readonly readKeys = NO_KEYS;
  readonly readSpans = NO_SPANS;

  constructor(
    readonly transaction: string,
    readonly readTimestamp: Timestamp,
    readonly expiry: Timestamp,
    readonly writes: ReadonlyMap<Key, Uint8Array | null>,
    readonly preconditions: readonly Precondition[],
  ) {}

  /** It holds nothing that an abort would have to give back. */
  abort(): void {
    return;
  }
}
