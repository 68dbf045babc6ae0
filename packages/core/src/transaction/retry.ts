import type { Environment } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { sleep } from '../shard/index.js';
import type { Statistics } from './statistics.js';

const BACKOFF_MS = 1;
const BACKOFF_MS_MAX = 250;

/** Work to be run in one transaction after another, as often as it takes. */
export interface Run<T, Attempt extends { abort(): void }> {
  readonly deadlineMs: number;
  begin(attempt: number): Attempt;
  body(attempt: Attempt): Promise<T>;
  /** It will not be tried again. */
  ended(): void;
}

/**
 * Runs a transaction until it succeeds, fails for good, or the deadline passes; waits in between with full jitter (Brooker,
 * "Exponential Backoff And Jitter", 2015).
 */
export async function retry<T, Attempt extends { abort(): void }>(
  environment: Environment,
  statistics: Statistics,
  run: Run<T, Attempt>,
): Promise<T> {
  let last: PandaError | undefined;
  try {
    for (let attempt = 1; ; attempt++) {
      const transaction = run.begin(attempt);
      try {
        return await run.body(transaction);
      } catch (error) {
        if (PandaError.is(error, 'DeadlineExceeded') && last !== undefined) throw deadlineExceeded(attempt, last);
        if (!PandaError.is(error) || !error.retryable) throw error;
        last = error;
        const backoffMs = environment.random() * Math.min(BACKOFF_MS * 2 ** attempt, BACKOFF_MS_MAX);
        if (environment.now() + backoffMs >= run.deadlineMs) throw deadlineExceeded(attempt, error);
        statistics.retried(error.code === 'Conflict');
        transaction.abort();
        await sleep(environment, backoffMs);
      } finally {
        transaction.abort();
      }
    }
  } finally {
    run.ended();
  }
}

function deadlineExceeded(attempts: number, last: PandaError): PandaError {
  return new PandaError('DeadlineExceeded', `The deadline passed after ${attempts} attempts; one ended in ${last.code}`, {
    cause: last,
  });
}
