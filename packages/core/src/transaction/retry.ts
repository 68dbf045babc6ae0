import type { Environment } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { sleep } from '../shard/index.js';
import { checkSignal } from './cancellation.js';
import type { Statistics } from './statistics.js';

const BACKOFF_MS = 1;
const BACKOFF_MS_MAX = 250;

/** Work to be run in one transaction after another, as often as it takes. */
export interface Run<T, Attempt extends { abort(): void }> {
  readonly deadlineMs: number;
  begin(attempt: number): Attempt;
  body(attempt: Attempt): Promise<T>;
  /** Once it fires, nothing is tried again. */
  readonly signal?: AbortSignal | undefined;
  /** It will be tried again. */
  failed?(error: PandaError): void;
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
  try {
    return await attempts(environment, statistics, run, 1, undefined);
  } finally {
    run.ended();
  }
}

/** The same after a first attempt, made by the caller, that ended in `failure`. */
export async function retryAfter<T, Attempt extends { abort(): void }>(
  failure: unknown,
  environment: Environment,
  statistics: Statistics,
  run: Run<T, Attempt>,
): Promise<T> {
  try {
    const last = await backOff(failure, 1, environment, statistics, run);
    return await attempts(environment, statistics, run, 2, last);
  } finally {
    run.ended();
  }
}

async function attempts<T, Attempt extends { abort(): void }>(
  environment: Environment,
  statistics: Statistics,
  run: Run<T, Attempt>,
  first: number,
  before: PandaError | undefined,
): Promise<T> {
  let last = before;
  for (let attempt = first; ; attempt++) {
    const transaction = run.begin(attempt);
    try {
      return await run.body(transaction);
    } catch (error) {
      if (PandaError.is(error, 'DeadlineExceeded') && last !== undefined) throw deadlineExceeded(attempt, last);
      transaction.abort();
      last = await backOff(error, attempt, environment, statistics, run);
    } finally {
      transaction.abort();
    }
  }
}

/** Waits before the next attempt; throws what cannot be mended by one, or has no time left for it. */
async function backOff(
  error: unknown,
  attempt: number,
  environment: Environment,
  statistics: Statistics,
  run: Pick<Run<unknown, { abort(): void }>, 'deadlineMs' | 'signal' | 'failed'>,
): Promise<PandaError> {
  if (!PandaError.is(error) || !error.retryable) throw error;
  const backoffMs = environment.random() * Math.min(BACKOFF_MS * 2 ** attempt, BACKOFF_MS_MAX);
  if (environment.now() + backoffMs >= run.deadlineMs) throw deadlineExceeded(attempt, error);
  checkSignal(run.signal);
  statistics.retried(error.code === 'Conflict');
  run.failed?.(error);
  await sleep(environment, backoffMs);
  checkSignal(run.signal);
  return error;
}

function deadlineExceeded(attempts: number, last: PandaError): PandaError {
  return new PandaError('DeadlineExceeded', `The deadline passed after ${attempts} attempts; one ended in ${last.code}`, {
    cause: last,
  });
}
