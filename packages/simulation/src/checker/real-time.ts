import type { Operation } from '../workload/operation.js';
import type { Effect } from './replay.js';
import type { StoreContents } from './store-contents.js';

/** Between which operations real time counts. */
export type RealTimeScope = 'all' | 'session';

/**
 * What ended before something else began must come first in the order of timestamps: together with the replay, that is strict
 * serializability. Sweeps over the history once; within `session`, each life of a process is judged by itself.
 */
export function checkRealTime(effects: readonly Effect[], scope: RealTimeScope): string[] {
  const failures: string[] = [];
  const groups = new Map<string, Effect[]>();
  for (const effect of effects) {
    const name = scope === 'all' ? '' : effect.operation.session;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [effect]);
    else group.push(effect);
  }
  for (const group of groups.values()) failures.push(...inversionsOf(group));
  return failures;
}

function inversionsOf(effects: readonly Effect[]): string[] {
  const failures: string[] = [];
  const begins = [...effects].sort((a, b) => a.operation.invoked - b.operation.invoked);
  const ends = effects
    .filter(({ operation }) => isAcknowledged(operation))
    .sort((a, b) => a.operation.completed! - b.operation.completed!);
  let next = 0;
  let latest: Effect | undefined;
  for (const effect of begins) {
    while (next < ends.length && ends[next]!.operation.completed! < effect.operation.invoked) {
      const ended = ends[next++]!;
      if (latest === undefined || ended.reached > latest.reached) latest = ended;
    }
    if (latest !== undefined && latest.reached > effect.timestamp) failures.push(describe(latest, effect));
  }
  return failures;
}

function isAcknowledged({ status, completed }: Operation): boolean {
  return status === 'ok' && completed !== undefined;
}

function describe(before: Effect, after: Effect): string {
  const name = ({ operation }: Effect): string =>
    `${operation.id ?? operation.kind} of ${operation.client} in ${operation.session}`;
  return `Real time: ${name(before)} was acknowledged, having reached ${before.reached}, before ${name(after)} began, which took effect at ${after.timestamp}`;
}

/** A read of the newest value must be of a version that no acknowledged write had replaced before it began. */
export function checkLatestReads(
  operations: readonly Operation[],
  effects: readonly Effect[],
  contents: StoreContents,
  scope: RealTimeScope,
): string[] {
  const failures: string[] = [];
  const writes = effects.filter(({ isWrite }) => isWrite);
  for (const operation of operations) {
    if (operation.kind !== 'get' || operation.latest === undefined || operation.status !== 'ok') continue;
    const { key, value } = operation.latest;
    const acknowledged = writes.filter(
      ({ operation: write, attempt }) =>
        attempt.writes.has(key) &&
        isAcknowledged(write) &&
        write.completed! < operation.invoked &&
        (scope === 'all' || write.session === operation.session),
    );
    const least = Math.max(0, ...acknowledged.map(({ timestamp }) => timestamp));
    const versions = contents.versions.get(key) ?? [];
    const isRight =
      value === undefined
        ? isAbsentAfter(versions, least)
        : versions.some((version) => version.value === value && version.from >= least);
    if (!isRight) failures.push(`get(${key}) of ${operation.client} in ${operation.session} saw ${value}, older than ${least}`);
  }
  return failures;
}

/** Whether there was a moment at or after `timestamp` at which the key had no value. */
function isAbsentAfter(versions: readonly { from: number; to: number }[], timestamp: number): boolean {
  let from = 0;
  for (const version of versions) {
    if (version.from > from && version.from > timestamp) return true;
    from = version.to;
  }
  return from !== Infinity;
}
