import { TICKS_PER_MS } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import type { Isolation } from '../transaction/index.js';

export interface TransactionOptions {
  /** Default `serializable`. */
  readonly isolation?: Isolation;
  /** How long the transaction may take, retries included, in milliseconds. Default 30,000. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 30_000;

/** How long the transaction may take, in milliseconds, checked. */
export function deadlineOf({ deadlineMs = DEADLINE_MS }: TransactionOptions): number {
  if (typeof deadlineMs !== 'number' || !(deadlineMs > 0) || deadlineMs > Number.MAX_SAFE_INTEGER / TICKS_PER_MS / 2) {
    throw new PandaError('InvalidArgument', 'deadlineMs must be a positive number of milliseconds');
  }
  return deadlineMs;
}

export function checkIsolation(isolation: Isolation): void {
  if (isolation === 'serializable' || isolation === 'snapshot') return;
  throw new PandaError('InvalidArgument', "isolation must be 'serializable' or 'snapshot'");
}
