import { PandaError } from '../errors/index.js';

/** Throws `Aborted` once the caller has given up. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new PandaError('Aborted', 'The caller aborted the operation', { cause: signal.reason });
}
