/**
 * Every code a {@link PandaError} can carry (docs/errors.md explains each). The list is frozen: a code keeps its name and
 * meaning for ever, new ones may be added. The value says whether running the same operation again can succeed.
 */
export const ERROR_CODES = Object.freeze({
  /** Another transaction changed what this one read, or an older one holds a lock it needs. */
  Conflict: { retryable: true },
  /** The range is not served by the shard that was asked, or not at that epoch. */
  RangeMoved: { retryable: true },
  /** The leader was replaced by a newer one and may no longer write. */
  LeadershipLost: { retryable: true },
  /** The shard's engine cannot be reached; nothing was applied. */
  ShardUnavailable: { retryable: true },
  /** A bounded queue is full. */
  Overloaded: { retryable: true },
  /** The caller's deadline passed before a commit was tried. */
  DeadlineExceeded: { retryable: false },
  /** The caller's AbortSignal fired before a commit was tried. */
  Aborted: { retryable: false },
  /** The timestamp lies below what the shard still keeps versions for. */
  SnapshotTooOld: { retryable: false },
  /** A timestamp is further ahead of this machine's clock than the allowed offset. */
  ClockSkew: { retryable: false },
  /** A precondition of a write does not hold. */
  PreconditionFailed: { retryable: false },
  KeyTooLarge: { retryable: false },
  ValueTooLarge: { retryable: false },
  TransactionTooLarge: { retryable: false },
  /** The outcome of a commit could not be learnt in time; `transactionId` is what to look up. */
  CommitUnknown: { retryable: false },
  /** A row, a store or an invariant is damaged. The shard stops. */
  Corruption: { retryable: false },
  /** The object was closed, committed or aborted before. */
  Closed: { retryable: false },
  /** An argument or a configuration is wrong. */
  InvalidArgument: { retryable: false },
} as const);

export type ErrorCode = keyof typeof ERROR_CODES;
