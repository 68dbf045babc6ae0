import {
  Catalog,
  encodeMemberRecord,
  encodeNumber,
  encodeRangeRecord,
  LAST_RANGE_NUMBER_KEY,
  memberRecordKey,
  rangeRecordKey,
  systemEngine,
  systemShardId,
  type RangeDescriptor,
} from '../catalog/index.js';
import { PandaError } from '../errors/index.js';
import { keyBytes, type Key } from '../keys/index.js';
import { openLeader, type Leader, type OpenLeaderOptions, type Shard } from '../shard/index.js';
import type { System } from './system.js';

const CACHE_BYTES_MAX = 4 * 1024 * 1024;

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

/**
 * The catalog, as it is written down. Where nothing is, since the database is new or from a version without it: as the shards have it,
 * which cannot have changed since the database was created.
 */
export async function loadCatalog(
  system: System,
  leaders: readonly Shard[],
  owned: () => Promise<RangeDescriptor[]>,
): Promise<Catalog> {
  let ranges = await system.reader.allRanges();
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
