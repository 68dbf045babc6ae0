import { TICKS_PER_MS } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { checkSignal, type Isolation } from '../transaction/index.js';

export interface TransactionOptions {
  /** Default `serializable`. */
  readonly isolation?: Isolation;
  /** How long the transaction may take, retries included, in milliseconds. Default 30,000. */
  readonly deadlineMs?: number;
  /**
   * The transaction's id, from {@link Database.newTransactionId}. Where a transaction has committed under it before, nothing is done, and
   * what it committed at is answered.
   */
  readonly id?: string;
  /**
   * Once it fires, the transaction fails with `Aborted` at its next step, and is not tried again. A commit that was sent is not taken
   * back: its outcome is answered.
   */
  readonly signal?: AbortSignal;
}

const DEADLINE_MS = 30_000;

/** How long the transaction may take, in milliseconds, checked. */
export function deadlineOf({ deadlineMs = DEADLINE_MS }: TransactionOptions): number {
  if (typeof deadlineMs !== 'number' || !(deadlineMs > 0) || deadlineMs > Number.MAX_SAFE_INTEGER / TICKS_PER_MS / 2) {
    throw new PandaError('InvalidArgument', 'deadlineMs must be a positive number of milliseconds');
  }
  return deadlineMs;
}

/** The caller's signal, checked; throws `Aborted` when it has fired. */
export function signalOf({ signal }: TransactionOptions): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  if (!(signal instanceof AbortSignal)) throw new TypeError('signal must be an AbortSignal');
  checkSignal(signal);
  return signal;
}

export function checkIsolation(isolation: Isolation): void {
  if (isolation === 'serializable' || isolation === 'snapshot') return;
  throw new PandaError('InvalidArgument', "isolation must be 'serializable' or 'snapshot'");
}
