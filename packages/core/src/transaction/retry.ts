import type { Environment } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { sleep } from '../shard/index.js';
import type { Statistics } from './statistics.js';

const BACKOFF_MS = 1;
const BACKOFF_MS_MAX = 250;

/**
 * Runs `attempt` until it succeeds, fails for good, or the deadline passes; waits in between with full jitter (Brooker,
 * "Exponential Backoff And Jitter", 2015).
 */
export async function retry<T>(
  environment: Environment,
  statistics: Statistics,
  deadlineMs: number,
  attempt: (number: number) => Promise<T>,
): Promise<T> {
  let last: PandaError | undefined;
  for (let number = 1; ; number++) {
    try {
      return await attempt(number);
    } catch (error) {
      if (PandaError.is(error, 'DeadlineExceeded') && last !== undefined) throw deadlineExceeded(number, last);
      if (!PandaError.is(error) || !error.retryable) throw error;
      last = error;
      const backoffMs = environment.random() * Math.min(BACKOFF_MS * 2 ** number, BACKOFF_MS_MAX);
      if (environment.now() + backoffMs >= deadlineMs) throw deadlineExceeded(number, error);
      statistics.retried(error.code === 'Conflict');
      await sleep(environment, backoffMs);
    }
  }
}

function deadlineExceeded(attempts: number, last: PandaError): PandaError {
  return new PandaError('DeadlineExceeded', `The deadline passed after ${attempts} attempts; one ended in ${last.code}`, {
    cause: last,
  });
}
