import { PandaError } from '../errors/index.js';
import type { Shard } from '../shard/index.js';

/** The shards of a database by id. */
export class ShardDirectory {
  readonly #shards = new Map<string, Shard>();

  add(shard: Shard): void {
    this.#shards.set(shard.id, shard);
  }

  find(id: string): Shard | undefined {
    return this.#shards.get(id);
  }

  get(id: string): Shard {
    const shard = this.#shards.get(id);
    if (shard === undefined) throw new PandaError('InvalidArgument', `There is no shard '${id}'`, { shard: id });
    return shard;
  }

  all(): Shard[] {
    return [...this.#shards.values()];
  }
}
