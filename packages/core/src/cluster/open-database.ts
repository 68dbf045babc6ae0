import type { Container } from 'inversify';
import { isSystemShardId, systemEngine, type Catalog, type RangeDescriptor, type SystemPlace } from '../catalog/index.js';
import { HybridClock, SteadyEnvironment, wallTimeOf, type Timestamp } from '../clock/index.js';
import { invariant } from '../errors/index.js';
import type { Rebalancer } from '../rebalance/index.js';
import type { Retention } from '../retention/index.js';
import type { IdentityRow } from '../rows/index.js';
import {
  inspectShard,
  openLeader,
  readClockBound,
  readOwnedRanges,
  type Leader,
  type Peer,
  type Shard,
  type ShardSettings,
} from '../shard/index.js';
import { checkConfig, type CheckedConfig, type DatabaseConfig } from './config.js';
import { createContainer, SERVICES } from './container.js';
import type { Database } from './database.js';
import { openEngines, type OpenEngine } from './open-engines.js';
import { loadCatalog, openSystemLeader } from './open-system.js';
import { prepareShards } from './prepare-shards.js';
import { REMOVED_SHARD } from './removed-shard.js';
import { resolveEngines } from './resolve-engines.js';
import { ShardAdmin } from './shard-admin.js';
import type { ShardDirectory } from './shard-directory.js';
import { System } from './system.js';
import { systemPeer } from './system-peer.js';
import { systemEnvironment } from './system-environment.js';

/**
 * Opens a database over its shards, creating it where all of them are empty. This process becomes the leader of every shard.
 * When it resolves, everything that an earlier process left undecided is decided and applied.
 *
 * Fails with `InvalidArgument` (configuration, foreign or mixed-up stores), `ShardUnavailable` (locked, unreachable) or
 * `Corruption`; then nothing stays open.
 */
export async function openDatabase(config: DatabaseConfig): Promise<Database> {
  const checked = checkConfig(config);
  const { splits, settings } = checked;
  const environment = new SteadyEnvironment(config.environment ?? systemEnvironment);
  const container = createContainer(environment, settings);
  const engines = await openEngines(await resolveEngines(container, checked));
  try {
    const place = await prepareShards(engines, splits, environment);
    await lead(container, engines, environment, place, checked);
    container.get<Rebalancer>(SERVICES.rebalancer).start(config.balance);
    await container.get<Retention>(SERVICES.retention).start();
    return container.get<Database>(SERVICES.database);
  } catch (error) {
    const led = container.get<ShardDirectory>(SERVICES.shards).all();
    await Promise.allSettled(led.map((shard) => shard.close()));
    await Promise.allSettled(engines.map(({ engine }) => engine.close()));
    throw error;
  }
}

/** Takes the shards over, binds what depends on what they hold, and finishes what was left undecided. */
async function lead(
  container: Container,
  engines: readonly OpenEngine[],
  environment: SteadyEnvironment,
  place: SystemPlace,
  config: CheckedConfig,
): Promise<void> {
  const settings = container.get<ShardSettings>(SERVICES.settings);
  const directory = container.get<ShardDirectory>(SERVICES.shards);
  const hostEngine = engines.find(({ id }) => id === place.host)!;
  const stores = [...engines.map(({ engine }) => engine), systemEngine(hostEngine.engine)];
  const clockFloor = Math.max(...(await Promise.all(stores.map(readClockBound))));
  environment.resumeAt(wallTimeOf(clockFloor), settings.maxClockOffsetMs);
  let systemShard: Leader | undefined;
  let isComplete = false;
  // All shards of the database were given: one that is not there was removed.
  const peer = (id: string): Peer | undefined =>
    isSystemShardId(id)
      ? systemShard && systemPeer(systemShard)
      : (directory.find(id) ?? (isComplete ? REMOVED_SHARD : undefined));
  const optionsOf = ({ id, engine }: OpenEngine) => ({ id, engine, environment, settings, peer, clockFloor });
  const opened = await Promise.allSettled(engines.map((engine) => openLeader(optionsOf(engine))));
  const leaders = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const bytesMax = new Map(config.shards.map((shard) => [shard.id, shard.bytesMax]));
  for (const leader of leaders) {
    directory.add(leader, leader.transfer, leader.collection, bytesMax.get(leader.id));
  }
  const failed = opened.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  isComplete = true;
  const systemLeader = (systemShard = await openSystemLeader(optionsOf(hostEngine), place.host));
  try {
    const all: readonly Shard[] = [...leaders, systemLeader];
    const floor = Math.max(...(await Promise.all(all.map(async (leader) => (await leader.status()).clock))));
    const clock = new HybridClock(environment, settings.maxClockOffsetMs, floor);
    const system = new System({ environment, clock, shards: (id) => directory.get(id) }, systemLeader, place.host);
    container.bind<HybridClock>(SERVICES.clock).toConstantValue(clock);
    container.bind<System>(SERVICES.system).toConstantValue(system);
    const identity = await identityOf(hostEngine);
    const now = (): Timestamp => clock.now();
    const leadSystem = async (engine: OpenEngine): Promise<Leader> =>
      (systemShard = await openSystemLeader({ ...optionsOf(engine), clockFloor: now() }, engine.id));
    const admin = new ShardAdmin({
      container,
      config,
      environment,
      directory,
      peer,
      identity,
      engines,
      system,
      place,
      leadSystem,
      now,
    });
    container.bind<ShardAdmin>(SERVICES.admin).toConstantValue(admin);
    await Promise.all(all.map((leader) => leader.recover()));
    const catalog = await loadCatalog(system, leaders, async () => (await Promise.all(engines.map(rangesOf))).flat());
    container.bind<Catalog>(SERVICES.catalog).toConstantValue(catalog);
  } catch (error) {
    await systemLeader.close();
    throw error;
  }
}

async function identityOf({ engine }: OpenEngine): Promise<IdentityRow> {
  const identity = await inspectShard(engine);
  invariant(identity !== undefined, 'a shard that is open has an identity');
  return identity;
}

async function rangesOf({ id, engine }: OpenEngine): Promise<RangeDescriptor[]> {
  return (await readOwnedRanges(engine)).map((range) => ({ ...range, shard: id }));
}
