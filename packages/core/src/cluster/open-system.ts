import {
  Catalog,
  encodeMemberRecord,
  encodeNumber,
  encodeRangeRecord,
  LAST_RANGE_NUMBER_KEY,
  memberRecordKey,
  rangeRecordKey,
  Router,
  systemCatalog,
  systemEngine,
  SystemShard,
  systemShardId,
  type RangeDescriptor,
} from '../catalog/index.js';
import type { Environment, HybridClock } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { keyBytes, type Key } from '../keys/index.js';
import { SystemTransactions } from '../rebalance/index.js';
import { openLeader, type Collection, type Leader, type OpenLeaderOptions, type Shard } from '../shard/index.js';
import { Coordinator, Statistics } from '../transaction/index.js';

const CACHE_BYTES_MAX = 4 * 1024 * 1024;

/** The system shard and what works with it. */
export interface System {
  readonly shard: Shard;
  readonly collection: Collection;
  /** Id of the shard whose engine holds it. */
  readonly host: string;
  readonly reader: SystemShard;
  readonly transactions: SystemTransactions;
  /** Takes nothing new and finishes what is in flight. Called before the shards close. */
  close(): Promise<void>;
}

/** Takes the system shard over, in the engine that holds it. */
export async function openSystemLeader(options: OpenLeaderOptions, host: string): Promise<Leader> {
  const { engine, settings } = options;
  const cacheBytes = Math.min(settings.cacheBytes, CACHE_BYTES_MAX);
  return await openLeader({
    ...options,
    id: systemShardId(host),
    engine: systemEngine(engine),
    settings: { ...settings, cacheBytes },
  });
}

export function createSystem(
  shard: Leader,
  host: string,
  shards: (id: string) => Shard,
  clock: HybridClock,
  environment: Environment,
): System {
  const router = new Router(systemCatalog(shard.id), (id) => (id === shard.id ? shard : shards(id)));
  const coordinator = new Coordinator({ environment, clock, router, statistics: new Statistics() });
  return {
    shard,
    collection: shard.collection,
    host,
    reader: new SystemShard(shard, () => clock.now()),
    transactions: new SystemTransactions({ environment, clock, router, coordinator }),
    async close() {
      shard.hurry();
      await coordinator.close();
      await shard.close();
    },
  };
}

/**
 * The catalog, as it is written down. Where nothing is, since the database is new or from a version without it: as the shards have it,
 * which cannot have changed since the database was created.
 */
export async function loadCatalog(
  system: System,
  leaders: readonly Shard[],
  owned: () => Promise<RangeDescriptor[]>,
): Promise<Catalog> {
  let ranges: RangeDescriptor[] = [];
  for await (const range of system.reader.allRanges()) ranges.push(range);
  const members = new Set((await system.reader.members()).map(({ shard }) => shard));
  const added = leaders.map(({ id }) => id).filter((id) => !members.has(id));
  const isNew = ranges.length === 0;
  if (isNew) ranges = await owned();
  const catalog = new Catalog(ranges);
  await checkOwners(catalog, leaders);
  if (added.length === 0 && !isNew) return catalog;
  await system.transactions.run(async (transaction) => {
    const set = (key: Key, value: Uint8Array): void => transaction.set(keyBytes(key), value);
    if (isNew) {
      for (const range of ranges) set(rangeRecordKey(range.start), encodeRangeRecord(range));
      // The ids of a layout are r1 and so on.
      set(LAST_RANGE_NUMBER_KEY, encodeNumber(ranges.length));
    }
    for (const shard of added) set(memberRecordKey(shard), encodeMemberRecord({ shard, state: 'active' }));
  });
  return catalog;
}

/** The shards and the catalog must tell the same. */
async function checkOwners(catalog: Catalog, leaders: readonly Shard[]): Promise<void> {
  const counts = new Map<string, number>();
  for (const { shard } of catalog.ranges) counts.set(shard, (counts.get(shard) ?? 0) + 1);
  for (const leader of leaders) {
    const { ranges } = await leader.status();
    if (ranges === (counts.get(leader.id) ?? 0)) continue;
    throw new PandaError('Corruption', 'The shard owns other ranges than the catalog says', { shard: leader.id });
  }
}
