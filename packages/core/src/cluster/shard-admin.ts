import type { Container } from 'inversify';
import type { Environment, Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import type { IdentityRow } from '../rows/index.js';
import { createShard, inspectShard, openLeader, type Shard } from '../shard/index.js';
import type { CheckedConfig, ShardConfig } from './config.js';
import { checkConfig } from './config.js';
import { openEngine } from './open-engine.js';
import { checkIdentity } from './prepare-shards.js';
import { resolveEngines } from './resolve-engines.js';
import type { ShardDirectory } from './shard-directory.js';

export interface ShardAdminParts {
  readonly container: Container;
  readonly config: CheckedConfig;
  readonly environment: Environment;
  readonly directory: ShardDirectory;
  readonly peer: (id: string) => Shard | undefined;
  /** Of a shard of the database. */
  readonly identity: IdentityRow;
  readonly host: string;
  readonly now: () => Timestamp;
}

/** Opens shards that are added to an open database, and closes those that are removed. */
export class ShardAdmin {
  readonly #parts: ShardAdminParts;
  /** Those of the configuration, and those that were added since. */
  #shards: readonly ShardConfig[];

  constructor(parts: ShardAdminParts) {
    this.#parts = parts;
    this.#shards = parts.config.shards;
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
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  /** Throws for the shard whose engine holds the catalog. */
  checkRemovable(id: string): void {
    if (id !== this.#parts.host) return;
    throw new PandaError('InvalidArgument', `The shard '${id}' cannot be removed: its engine holds the catalog`, { shard: id });
  }

  /** Ends what other shards may still ask of it, and closes it. */
  async close(id: string): Promise<void> {
    const { directory } = this.#parts;
    const shard = directory.get(id);
    await shard.recover();
    directory.remove(id);
    this.#shards = this.#shards.filter((each) => each.id !== id);
    await shard.close();
  }
}
