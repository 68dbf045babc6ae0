import { clearOldPlace, Relocation, type RelocationEnd, type SystemPlace } from '../catalog/index.js';
import type { Environment } from '../clock/index.js';
import type { Engine } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import { sleep, type Leader } from '../shard/index.js';

const AGAIN_MS = 100;

export interface RelocationParts {
  readonly environment: Environment;
  /** Id of the database. */
  readonly database: string;
  /** The engine of a shard. */
  readonly engine: (shard: string) => Engine;
  /** Takes the system shard over, in the engine of a shard. */
  readonly lead: (host: string) => Promise<Leader>;
  /** Whether the database is about to be closed, so that nothing is waited for. */
  readonly isClosing: () => boolean;
}

/** What it takes to end a change of place before anybody leads. */
export type CopyParts = Omit<RelocationParts, 'lead' | 'isClosing'>;

/** Where the system shard is led after a change of its place, and why that is not where it was to be. */
export interface Relocated {
  readonly leader: Leader;
  readonly host: string;
  readonly failure?: Error;
}

/** Brings the system shard from one engine to another, while nobody uses it. Where that fails at first, it stays where it was. */
export async function relocateSystem(parts: RelocationParts, leader: Leader, from: SystemPlace, to: string): Promise<Relocated> {
  const relocation = relocationOf(parts, from.host, to, from.number + 1);
  try {
    await leader.recover();
    const { prepared } = leader.status();
    if (prepared > 0) {
      throw new PandaError('ShardUnavailable', 'A change of the catalog is not decided yet', { shard: from.host });
    }
    await relocation.claim();
  } catch (failure) {
    return { leader, host: from.host, failure: failure as Error };
  }
  const { epoch } = leader.status();
  await leader.close();
  try {
    await relocation.freeze(epoch);
  } catch (failure) {
    // Another process leads it. It is not to be disturbed.
    if (PandaError.is(failure, 'LeadershipLost')) throw failure;
    return { leader: await whenThere(parts, () => parts.lead(from.host)), host: from.host, failure: failure as Error };
  }
  await whenThere(parts, () => relocation.copy());
  const there = await whenThere(parts, () => parts.lead(to));
  // What is left is cleared when the database is opened again.
  await clearOldPlace({ host: from.host, engine: parts.engine(from.host) }).catch(() => undefined);
  return { leader: there, host: to };
}

/** Again while an engine is out of reach: nobody leads the system shard meanwhile. */
async function whenThere<T>({ environment, isClosing }: RelocationParts, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isOutOfReach = PandaError.is(error) && error.retryable && error.code !== 'LeadershipLost';
      if (!isOutOfReach || isClosing()) throw error;
      await sleep(environment, AGAIN_MS);
    }
  }
}

/** Ends a change of place that was cut off after the old place was frozen. */
export async function finishRelocation(
  parts: CopyParts,
  { host, number, from }: SystemPlace & { readonly from: string },
): Promise<void> {
  const relocation = relocationOf(parts, from, host, number);
  await relocation.copy();
}

function relocationOf({ environment, database, engine }: CopyParts, from: string, to: string, number: number): Relocation {
  const endOf = (host: string): RelocationEnd => ({ host, engine: engine(host) });
  return new Relocation(environment, database, endOf(from), endOf(to), number);
}
