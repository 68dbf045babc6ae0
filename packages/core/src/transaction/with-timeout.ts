import type { Environment } from '../clock/index.js';
import type { PandaError } from '../errors/index.js';

/** The longest that platforms' timers take. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The promise's result, or the error of `onTimeout` once `timeoutMs` have passed. */
export async function withTimeout<T>(
  environment: Environment,
  promise: Promise<T>,
  timeoutMs: number,
  onTimeout: () => PandaError,
): Promise<T> {
  let fail!: (error: PandaError) => void;
  const timeout = new Promise<never>((_, reject) => (fail = reject));
  const timer = environment.setTimer(Math.min(timeoutMs, TIMER_MS_MAX), () => fail(onTimeout()));
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    timer.cancel();
  }
}
