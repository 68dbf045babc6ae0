import type { Container } from 'inversify';
import type { SystemPlace } from '../catalog/index.js';
import type { Environment, Timestamp } from '../clock/index.js';
import type { Engine } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import type { IdentityRow } from '../rows/index.js';
import { createShard, inspectShard, openLeader, type Leader, type Peer } from '../shard/index.js';
import type { CheckedConfig, ShardConfig } from './config.js';
import { checkConfig } from './config.js';
import { openEngine } from './open-engine.js';
import type { OpenEngine } from './open-engines.js';
import { checkIdentity } from './prepare-shards.js';
import { relocateSystem, type RelocationParts } from './relocate-system.js';
import { resolveEngines } from './resolve-engines.js';
import type { ShardDirectory } from './shard-directory.js';
import type { System } from './system.js';

export interface ShardAdminParts {
  readonly container: Container;
  readonly config: CheckedConfig;
  readonly environment: Environment;
  readonly directory: ShardDirectory;
  readonly peer: (id: string) => Peer | undefined;
  /** Of a shard of the database. */
  readonly identity: IdentityRow;
  /** Of the configuration. */
  readonly engines: readonly OpenEngine[];
  readonly system: System;
  /** Where the system shard was when the database was opened. */
  readonly place: SystemPlace;
  /** Takes the system shard over, in the engine of a shard. */
  readonly leadSystem: (engine: OpenEngine) => Promise<Leader>;
  readonly now: () => Timestamp;
}

/** Opens shards that are added to an open database, and closes those that are removed. */
export class ShardAdmin {
  readonly #parts: ShardAdminParts;
  /** Those of the configuration, and those that were added since. */
  #shards: readonly ShardConfig[];
  readonly #engines: Map<string, Engine>;
  #place: SystemPlace;

  constructor(parts: ShardAdminParts) {
    this.#parts = parts;
    this.#shards = parts.config.shards;
    this.#engines = new Map(parts.engines.map(({ id, engine }) => [id, engine]));
    this.#place = parts.place;
  }

  /** Opens the shard's engine, makes it a shard of the database if it is empty, and leads it. */
  async open(shard: ShardConfig): Promise<void> {
    const { container, config, directory, environment, peer, identity, now } = this.#parts;
    const { settings, folder, packageFolders } = config;
    // All are checked together: no id and no store may stand for two shards.
    checkConfig({ shards: [...this.#shards, shard] });
    const all = await resolveEngines(container, { ...config, shards: [...this.#shards, shard], folder, packageFolders });
    const resolved = all.at(-1)!;
    const { id } = resolved;
    const engine = await openEngine(resolved);
    try {
      const found = await inspectShard(engine);
      checkIdentity(id, found, identity);
      if (found === undefined) await createShard(engine, { ...identity, shard: id });
      const leader = await openLeader({ id, engine, environment, settings, peer, clockFloor: now() });
      await leader.recover();
      directory.add(leader, leader.transfer, leader.collection, shard.bytesMax);
      this.#shards = [...this.#shards, shard];
      this.#engines.set(id, engine);
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  /** Id of the shard whose engine holds the catalog. */
  get catalogHost(): string {
    return this.#place.host;
  }

  /** Brings the catalog to the engine of another shard. Its ranges are served meanwhile; only changes of ranges and shards wait. */
  async moveCatalog(to: string): Promise<void> {
    const { system, environment, identity, leadSystem } = this.#parts;
    const parts: RelocationParts = {
      environment,
      database: identity.database,
      engine: (id) => this.#engineOf(id),
      lead: (id) => leadSystem({ id, engine: this.#engineOf(id) }),
      isClosing: () => system.isClosing,
    };
    await system.relocate(to, async (leader) => {
      const relocated = await relocateSystem(parts, leader, this.#place, to);
      if (relocated.host === to) this.#place = { host: to, number: this.#place.number + 1 };
      return relocated;
    });
  }

  #engineOf(id: string): Engine {
    const engine = this.#engines.get(id);
    if (engine === undefined) throw new PandaError('InvalidArgument', `There is no shard '${id}'`, { shard: id });
    return engine;
  }

  /** Ends what a shard without ranges still takes part in; it must not be removed before. `ShardUnavailable` where that fails. */
  async settle(id: string): Promise<void> {
    const shard = this.#parts.directory.get(id);
    await shard.recover();
    const { prepared, unfinishedOutcomes } = await shard.status();
    if (prepared + unfinishedOutcomes === 0) return;
    throw new PandaError('ShardUnavailable', `Other shards have not heard of transactions of '${id}' yet`, { shard: id });
  }

  /** Closes a shard that was removed. */
  async close(id: string): Promise<void> {
    const { directory } = this.#parts;
    const shard = directory.get(id);
    directory.remove(id);
    this.#shards = this.#shards.filter((each) => each.id !== id);
    this.#engines.delete(id);
    await shard.close();
  }
}
