import { PandaError } from '../errors/index.js';
import type { Collection, RangeTransfer, Shard } from '../shard/index.js';

/** The shards of a database by id. */
export class ShardDirectory {
  readonly #shards = new Map<string, Shard>();
  readonly #transfers = new Map<string, RangeTransfer>();
  readonly #collections = new Map<string, Collection>();
  readonly #bytesMax = new Map<string, number>();

  /**
   * @param transfer what it does for ranges that move; without it none can move to the shard or from it
   * @param collection how it gives up what is too old; without it, it does not
   * @param bytesMax about how many bytes of rows it has room for
   */
  add(shard: Shard, transfer?: RangeTransfer, collection?: Collection, bytesMax = Infinity): void {
    this.#bytesMax.set(shard.id, bytesMax);
    this.#shards.set(shard.id, shard);
    if (transfer !== undefined) this.#transfers.set(shard.id, transfer);
    if (collection !== undefined) this.#collections.set(shard.id, collection);
  }

  find(id: string): Shard | undefined {
    return this.#shards.get(id);
  }

  get(id: string): Shard {
    const shard = this.#shards.get(id);
    if (shard === undefined) throw new PandaError('InvalidArgument', `There is no shard '${id}'`, { shard: id });
    return shard;
  }

  remove(id: string): void {
    this.#shards.delete(id);
    this.#transfers.delete(id);
    this.#collections.delete(id);
  }

  transfer(id: string): RangeTransfer {
    const transfer = this.#transfers.get(id);
    if (transfer === undefined) throw new PandaError('InvalidArgument', `There is no shard '${id}'`, { shard: id });
    return transfer;
  }

  transfers(): RangeTransfer[] {
    return [...this.#transfers.values()];
  }

  collections(): Collection[] {
    return [...this.#collections.values()];
  }

  bytesMax(id: string): number {
    return this.#bytesMax.get(id) ?? Infinity;
  }

  all(): Shard[] {
    return [...this.#shards.values()];
  }
}
