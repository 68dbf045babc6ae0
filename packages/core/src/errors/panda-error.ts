import { ERROR_CODES, type ErrorCode } from './error-codes.js';

/** What an error is about. Never values, passwords or connection strings. */
export interface ErrorFacts {
  /** The user key, in hex. */
  readonly key?: string;
  readonly shard?: string;
  readonly range?: string;
  readonly transactionId?: string | undefined;
  /** Which of the preconditions given does not hold, from 0. */
  readonly precondition?: number | undefined;
  readonly cause?: unknown;
}

/** The one error class of Panda. Tell errors apart by `code`, never by message or class identity. */
export class PandaError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly key: string | undefined;
  readonly shard: string | undefined;
  readonly range: string | undefined;
  readonly transactionId: string | undefined;
  readonly precondition: number | undefined;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'PandaError';
    this.code = code;
    this.retryable = ERROR_CODES[code].retryable;
    this.key = facts.key;
    this.shard = facts.shard;
    this.range = facts.range;
    this.transactionId = facts.transactionId;
    this.precondition = facts.precondition;
    Object.freeze(this);
  }

  /** True for a PandaError of any copy of this package, optionally of one code. */
  static is(error: unknown, code?: ErrorCode): error is PandaError {
    return error instanceof Error && error.name === 'PandaError' && (code === undefined || (error as PandaError).code === code);
  }
}
