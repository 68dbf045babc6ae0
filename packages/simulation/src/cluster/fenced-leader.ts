import { PandaError } from '@pandakv/core';
import type { Engine } from '@pandakv/core/engine';
import { decodeGuardRow, GUARD_ROW_KEY } from '@pandakv/core/parts';
import type { Shard } from '@pandakv/core/shard';

const READS: readonly PropertyKey[] = ['read', 'scan', 'latestTimestamp', 'history'];
const GUARD_KEY = Buffer.from(GUARD_ROW_KEY, 'latin1');

/**
 * A leader whose reads are answered only once the guard has told, after the look at the rows, that it is still the leader. Core does not
 * do so: a leader that has lost its shard mixes its memory with rows that its successor wrote (docs/simulation.md).
 */
export function fenced(leader: Shard, engine: Engine, epoch: number): Shard {
  const check = async (): Promise<void> => {
    const [guard] = await engine.get([GUARD_KEY]);
    if (guard !== undefined && decodeGuardRow(guard).epoch === epoch) return;
    throw new PandaError('LeadershipLost', 'Another leader has taken the shard over', { shard: leader.id });
  };
  return new Proxy(leader, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const method = member.bind(target) as (...args: readonly unknown[]) => unknown;
      if (!READS.includes(name)) return method;
      return async (...args: readonly unknown[]) => {
        const result = await method(...args);
        await check();
        return result;
      };
    },
  });
}
