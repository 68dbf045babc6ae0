import type { Router } from '../catalog/index.js';
import type { Environment, HybridClock, Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import type { Key } from '../keys/index.js';
import { deferred, sleep } from '../shard/index.js';

/** How long one shard is asked to wait, in milliseconds: who gives up is not waited for longer. */
const ASKED_MS = 5_000;
const AGAIN_MS = 20;
/** How often a watch finds out that nothing has come so far, in milliseconds: it costs a shard that rests a write. Retentions are longer. */
const NONE_SO_FAR_MS = 60_000;
/** How long a shard may be out of reach, in milliseconds. */
const PATIENCE_MS = 30_000;

export interface WatchParts {
  readonly environment: Environment;
  readonly clock: HybridClock;
  readonly router: Router;
}

/** Resolves with the timestamp of a commit of the key after `since`, wherever the key is served by then. Rejects with the signal's reason. */
export async function watch(parts: WatchParts, key: Key, since: Timestamp, signal?: AbortSignal): Promise<Timestamp> {
  signal?.throwIfAborted();
  const aborted = deferred<never>();
  aborted.promise.catch(() => undefined);
  const abort = (): void => aborted.reject(signal!.reason as Error);
  signal?.addEventListener('abort', abort);
  try {
    return await Promise.race([changeOf(parts, key, since, () => signal?.aborted ?? false), aborted.promise]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

async function changeOf(
  { clock, environment, router }: WatchParts,
  key: Key,
  begin: Timestamp,
  isGivenUp: () => boolean,
): Promise<Timestamp> {
  let since = begin;
  let sinceMs = environment.now();
  for (let failures = 0, failingSince = 0; ;) {
    const { shard, routes } = router.find(key);
    const nowMs = environment.now();
    // What is given up after a time must not be taken for a change.
    const asOf = nowMs - sinceMs < NONE_SO_FAR_MS ? undefined : clock.now();
    try {
      const changedAt = await shard.watch({ routes, key, since, forMs: ASKED_MS, asOf });
      if (changedAt !== undefined || isGivenUp()) return changedAt ?? since;
      failures = 0;
      if (asOf === undefined) continue;
      since = asOf;
      sinceMs = nowMs;
    } catch (error) {
      if (isGivenUp()) return since;
      if (failures++ === 0) failingSince = environment.now();
      if (PandaError.is(error, 'RangeMoved')) await router.healKey(error, key, failures);
      else if (!PandaError.is(error) || !error.retryable || environment.now() - failingSince > PATIENCE_MS) throw error;
      else await sleep(environment, AGAIN_MS);
    }
  }
}
