import type { Container } from 'inversify';
import { Catalog } from '../catalog/index.js';
import { HybridClock, SteadyEnvironment, wallTimeOf } from '../clock/index.js';
import { openLeader, readClockBound, readOwnedRanges, type ShardSettings } from '../shard/index.js';
import { checkConfig, type DatabaseConfig } from './config.js';
import { createContainer, SERVICES } from './container.js';
import type { Database } from './database.js';
import { openEngines, type OpenEngine } from './open-engines.js';
import { prepareShards } from './prepare-shards.js';
import { resolveEngines } from './resolve-engines.js';
import type { ShardDirectory } from './shard-directory.js';
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
    await prepareShards(engines, splits, environment);
    await lead(container, engines, environment);
    return container.get<Database>(SERVICES.database);
  } catch (error) {
    await Promise.allSettled(
      container
        .get<ShardDirectory>(SERVICES.shards)
        .all()
        .map((shard) => shard.close()),
    );
    await Promise.allSettled(engines.map(({ engine }) => engine.close()));
    throw error;
  }
}

/** Takes the shards over, binds what depends on what they hold, and finishes what was left undecided. */
async function lead(container: Container, engines: readonly OpenEngine[], environment: SteadyEnvironment): Promise<void> {
  const settings = container.get<ShardSettings>(SERVICES.settings);
  const directory = container.get<ShardDirectory>(SERVICES.shards);
  const owned = await Promise.all(
    engines.map(async ({ id, engine }) => (await readOwnedRanges(engine)).map((range) => ({ ...range, shard: id }))),
  );
  container.bind<Catalog>(SERVICES.catalog).toConstantValue(new Catalog(owned.flat()));
  const clockFloor = Math.max(...(await Promise.all(engines.map(({ engine }) => readClockBound(engine)))));
  environment.resumeAt(wallTimeOf(clockFloor), settings.maxClockOffsetMs);
  const peer = (id: string) => directory.find(id);
  const opened = await Promise.allSettled(
    engines.map(({ id, engine }) => openLeader({ id, engine, environment, settings, peer, clockFloor })),
  );
  const leaders = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  for (const leader of leaders) directory.add(leader);
  const failed = opened.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const floor = Math.max(...leaders.map((leader) => leader.status().clock));
  container.bind<HybridClock>(SERVICES.clock).toConstantValue(new HybridClock(environment, settings.maxClockOffsetMs, floor));
  await Promise.all(leaders.map((leader) => leader.recover()));
}
