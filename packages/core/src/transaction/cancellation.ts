import { PandaError } from '../errors/index.js';

/** Throws `Aborted` once the caller has given up. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw aborted(signal);
}

/** The same as the promise, or `Aborted` as soon as the caller gives up. What the promise stands for goes on. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const give = (): void => reject(aborted(signal));
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}

function aborted(signal: AbortSignal): PandaError {
  return new PandaError('Aborted', 'The caller aborted the operation', { cause: signal.reason });
}
