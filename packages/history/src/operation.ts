/** What keys and written values are made of. A keyword of EDN is a string that begins with a colon: `':x'`. */
export type Scalar = number | string | boolean;

/** Appends a value to the list under a key. No value is appended to one key twice in a history. */
export type Append = readonly ['append', Scalar, Scalar];

/** Writes a value to the register under a key. */
export type Write = readonly ['w', Scalar, Scalar];

/**
 * Reads a key: the list (model `list-append`), or the register's value (model `register`), where `null` is the state before
 * the first write. In an invocation, and where the outcome is not `ok`, the value is `null` and says nothing.
 */
export type Read = readonly ['r', Scalar, readonly Scalar[] | Scalar | null];

export type MicroOperation = Append | Write | Read;

/** `fail`: certainly without effect. `info`: unknown; it may take effect at any time after the invocation, or never. */
export const OPERATION_TYPES = ['invoke', 'ok', 'fail', 'info'] as const;
export type OperationType = (typeof OPERATION_TYPES)[number];

/**
 * One line of a history: a process invokes a transaction, or learns how it ended. A history lists them in the order in which
 * they happened. A process has one transaction at a time.
 */
export interface Operation {
  readonly type: OperationType;
  /** An integer. */
  readonly process: number;
  readonly value: readonly MicroOperation[];
  /** What kind of operation it was; `txn` in histories of Jepsen. */
  readonly f?: string;
  /** Nanoseconds. Kept, but not judged by: real-time order is the order of the history. */
  readonly time?: number;
  readonly index?: number;
}

/** How the values of a history are to be understood. */
export const HISTORY_MODELS = ['list-append', 'register'] as const;
export type HistoryModel = (typeof HISTORY_MODELS)[number];
