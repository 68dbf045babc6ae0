import {
  attemptOf,
  DEFAULT_SHARD_SETTINGS,
  newCoordinatorTag,
  newTransactionId,
  createShard,
  openLeader,
  type PrepareRequest,
  type Shard,
  type ShardSettings,
} from '@pandakv/core/shard';
import { systemEnvironment, timestampAt } from '@pandakv/core';
import type { Engine } from '@pandakv/core/engine';
import { freshStore } from './test-engine.js';

/** Shards below any database, for tests that play the coordinator: s1 owns a… to k, s2 the rest. */
export interface ShardPair {
  readonly engines: readonly [Engine, Engine];
  s1: Shard;
  s2: Shard;
  /** Opens new leaders on the same engines, as if the process had died. */
  restart(): Promise<void>;
}

const LAYOUT = [
  { id: 'r1', start: '', end: 'k', shard: 's1' },
  { id: 'r2', start: 'k', end: undefined, shard: 's2' },
];

const leaders: Shard[] = [];

afterEach(async () => {
  await Promise.all(leaders.splice(0).map((leader) => leader.close()));
});

export async function shardPair(
  settings: Partial<ShardSettings> = {},
  wrap: (engine: Engine, shard: string) => Engine = (engine) => engine,
): Promise<ShardPair> {
  const engines = await Promise.all(
    ['s1', 's2'].map(async (shard, at) => {
      const { plugin, options } = await freshStore(at);
      const engine = await plugin.open(options);
      await createShard(engine, { database: 'test', shard, layout: LAYOUT });
      return wrap(engine, shard);
    }),
  );
  const open = async (): Promise<[Shard, Shard]> => {
    const directory = new Map<string, Shard>();
    const opened = await Promise.all(
      engines.map((engine, at) =>
        openLeader({
          id: `s${at + 1}`,
          engine,
          environment: systemEnvironment,
          settings: { ...DEFAULT_SHARD_SETTINGS, lazyFlushMs: 1, ...settings },
          peer: (id) => directory.get(id),
          clockFloor: 0,
        }),
      ),
    );
    for (const leader of opened) directory.set(leader.id, leader);
    leaders.push(...opened);
    return [opened[0]!, opened[1]!];
  };
  const [s1, s2] = await open();
  const pair: ShardPair = {
    engines: [engines[0]!, engines[1]!],
    s1,
    s2,
    async restart() {
      [pair.s1, pair.s2] = await open();
    },
  };
  return pair;
}

export const ROUTES = { s1: [{ id: 'r1', epoch: 1 }], s2: [{ id: 'r2', epoch: 1 }] } as const;

export function nowTimestamp(): number {
  return timestampAt(systemEnvironment.now());
}

const tag = newCoordinatorTag(systemEnvironment);
let lastStart = 0;

/** Each younger than the one before. */
export function newAttempt(number = 1): string {
  lastStart = Math.max(lastStart + 1, nowTimestamp());
  return attemptOf(newTransactionId(lastStart, tag), number);
}

/** A request that writes one key of a shard; `more` overrides. */
export function writes(
  shard: 's1' | 's2',
  transaction: string,
  key: string,
  value: string | null,
  more: Partial<PrepareRequest> = {},
): PrepareRequest {
  return {
    transaction,
    anchor: 's1',
    participants: ['s1', 's2'],
    routes: ROUTES[shard],
    readTimestamp: nowTimestamp(),
    expiry: timestampAt(systemEnvironment.now() + 10_000),
    readKeys: [],
    readVersions: [],
    readSpans: [],
    writeKeys: [key],
    writeValues: [value === null ? null : Buffer.from(value)],
    preconditions: [],
    ...more,
  };
}

/** The newest value of a key on a shard. */
export async function newest(shard: Shard, name: 's1' | 's2', key: string): Promise<string | undefined> {
  const [version] = await shard.read({ routes: ROUTES[name], keys: [key], timestamp: nowTimestamp(), latest: true });
  return version?.value === undefined ? undefined : Buffer.from(version.value).toString();
}
