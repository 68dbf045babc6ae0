import 'reflect-metadata';
import { Container } from 'inversify';
import { Router, type Catalog, type CatalogSource } from '../catalog/index.js';
import type { Environment, HybridClock } from '../clock/index.js';
import { Rebalancer } from '../rebalance/index.js';
import { Retention } from '../retention/index.js';
import { sleep, type Shard, type ShardSettings } from '../shard/index.js';
import { Coordinator, Statistics } from '../transaction/index.js';
import { Database } from './database.js';
import type { System } from './system.js';
import type { ShardAdmin } from './shard-admin.js';
import { ShardDirectory } from './shard-directory.js';

/** The longest pause between two looks at a catalog that has nothing new, in milliseconds. */
const PAUSE_MS_MAX = 100;

/** Service identifiers of the composition root. Other layers take their parts by constructor and know no container. */
export const SERVICES = Object.freeze({
  environment: Symbol.for('@pandakv/core/Environment'),
  settings: Symbol.for('@pandakv/core/ShardSettings'),
  shards: Symbol.for('@pandakv/core/ShardDirectory'),
  catalog: Symbol.for('@pandakv/core/Catalog'),
  admin: Symbol.for('@pandakv/core/ShardAdmin'),
  system: Symbol.for('@pandakv/core/System'),
  clock: Symbol.for('@pandakv/core/HybridClock'),
  statistics: Symbol.for('@pandakv/core/Statistics'),
  router: Symbol.for('@pandakv/core/Router'),
  coordinator: Symbol.for('@pandakv/core/Coordinator'),
  rebalancer: Symbol.for('@pandakv/core/Rebalancer'),
  retention: Symbol.for('@pandakv/core/Retention'),
  database: Symbol.for('@pandakv/core/Database'),
});

/** A container that knows how everything above the shards is made. Catalog and clock are bound once the shards are open. */
export function createContainer(environment: Environment, settings: ShardSettings): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind<Environment>(SERVICES.environment).toConstantValue(environment);
  container.bind<ShardSettings>(SERVICES.settings).toConstantValue(settings);
  container.bind<ShardDirectory>(SERVICES.shards).toConstantValue(new ShardDirectory());
  container.bind<Statistics>(SERVICES.statistics).toConstantValue(new Statistics());
  container
    .bind<Router>(SERVICES.router)
    .toResolvedValue(
      (catalog: Catalog, shards: ShardDirectory, system: System, env: Environment) =>
        new Router(catalog, (id): Shard => shards.get(id), catalogSource(system, env)),
      [SERVICES.catalog, SERVICES.shards, SERVICES.system, SERVICES.environment],
    );
  container
    .bind<Coordinator>(SERVICES.coordinator)
    .toResolvedValue(
      (env: Environment, clock: HybridClock, router: Router, statistics: Statistics) =>
        new Coordinator({ environment: env, clock, router, statistics }),
      [SERVICES.environment, SERVICES.clock, SERVICES.router, SERVICES.statistics],
    );
  container.bind<Rebalancer>(SERVICES.rebalancer).toResolvedValue(
    (env: Environment, clock: HybridClock, router: Router, shards: ShardDirectory, { transactions }: System) =>
      new Rebalancer({
        environment: env,
        clock,
        router,
        transactions,
        transfer: (id) => shards.transfer(id),
        transfers: () => shards.transfers(),
        bytesMax: (id) => shards.bytesMax(id),
      }),
    [SERVICES.environment, SERVICES.clock, SERVICES.router, SERVICES.shards, SERVICES.system],
  );
  container.bind<Retention>(SERVICES.retention).toResolvedValue(
    (env: Environment, clock: HybridClock, shards: ShardDirectory, system: System, { outcomeRetentionMs }: ShardSettings) =>
      new Retention({
        environment: env,
        clock,
        transactions: system.transactions,
        collections: () => shards.collections(),
        collectSystem: (request) => system.collect(request),
        outcomeRetentionMs,
      }),
    [SERVICES.environment, SERVICES.clock, SERVICES.shards, SERVICES.system, SERVICES.settings],
  );
  bindDatabase(container);
  return container;
}

function bindDatabase(container: Container): void {
  container
    .bind<Database>(SERVICES.database)
    .toResolvedValue(
      (
        env: Environment,
        clock: HybridClock,
        router: Router,
        coordinator: Coordinator,
        shards: ShardDirectory,
        statistics: Statistics,
        system: System,
        rebalancer: Rebalancer,
        retention: Retention,
        admin: ShardAdmin,
      ) =>
        new Database({ environment: env, clock, router, coordinator, shards, statistics, system, rebalancer, retention, admin }),
      [
        SERVICES.environment,
        SERVICES.clock,
        SERVICES.router,
        SERVICES.coordinator,
        SERVICES.shards,
        SERVICES.statistics,
        SERVICES.system,
        SERVICES.rebalancer,
        SERVICES.retention,
        SERVICES.admin,
      ],
    );
}

function catalogSource({ reader }: System, environment: Environment): CatalogSource {
  return {
    load: (span) => reader.rangesOf(span),
    pause: (attempt) => sleep(environment, Math.min(2 ** attempt, PAUSE_MS_MAX)),
  };
}
