import type { EmbeddedCluster } from '../cluster/embedded-cluster.js';
import type { World } from '../cluster/world.js';
import type { Random } from '../kernel/random.js';
import type { Companion } from './companion.js';
import { FeedFollower } from './feed-follower.js';
import { RangeChanges } from './range-changes.js';
import { RangeMigrations } from './range-migrations.js';
import { RetentionChanges } from './retention-changes.js';
import { ShardChanges } from './shard-changes.js';

/** What is to go on beside the clients of one process that is over all shards: of several nodes none has the catalog. */
export function drawCompanions(random: Random, world: World, cluster: EmbeddedCluster, isCalm: boolean): Companion[] {
  const companions: Companion[] = [];
  if (random.chance(0.25)) companions.push(new FeedFollower(world));
  if (isCalm) return companions;
  if (random.chance(0.6)) companions.push(new RangeChanges(world));
  if (random.chance(0.4)) companions.push(new RangeMigrations(world));
  if (random.chance(0.3)) companions.push(new RetentionChanges(world));
  if (random.chance(0.3)) companions.push(new ShardChanges(world, cluster));
  return companions;
}
