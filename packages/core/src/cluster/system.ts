import { isSystemShardId, Router, systemCatalog, SystemGate, SystemShard } from '../catalog/index.js';
import type { Environment, HybridClock } from '../clock/index.js';
import { SystemTransactions, type SystemAccess } from '../rebalance/index.js';
import type { CollectRequest, Leader, Shard } from '../shard/index.js';
import { Coordinator, Statistics } from '../transaction/index.js';
import type { Relocated } from './relocate-system.js';

export interface SystemParts {
  readonly environment: Environment;
  readonly clock: HybridClock;
  /** Of users' data. */
  readonly shards: (id: string) => Shard;
}

/** Where the system shard is. */
interface Place extends SystemAccess {
  /** Id of the shard whose engine holds it. */
  readonly host: string;
  readonly leader: Leader;
}

/** The system shard and what works with it, wherever it is. */
export class System {
  readonly transactions: SystemTransactions;
  readonly reader: SystemShard;
  readonly #parts: SystemParts;
  readonly #gate = new SystemGate();
  #place: Place;
  #isClosing = false;

  constructor(parts: SystemParts, leader: Leader, host: string) {
    this.#parts = parts;
    this.#place = this.#placeOf(leader, host);
    const { environment, clock } = parts;
    this.transactions = new SystemTransactions({ environment, clock, gate: this.#gate, access: () => this.#place });
    this.reader = new SystemShard(
      () => this.#place.leader,
      this.#gate,
      () => clock.now(),
    );
  }

  /** Id of the shard whose engine holds it. */
  get host(): string {
    return this.#place.host;
  }

  /** Whether {@link close} was called. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  async collect(request: CollectRequest): Promise<void> {
    await this.#gate.pass(() => this.#place.leader.collection.collect(request));
  }

  /**
   * Changes the place. Nobody uses the system shard meanwhile.
   *
   * @param move given the leader where it was, which is to end; answers the one where it is
   */
  async relocate(host: string, move: (leader: Leader) => Promise<Relocated>): Promise<void> {
    await this.#gate.close(async () => {
      if (this.#place.host === host) return;
      await this.#place.coordinator.close();
      const { leader, host: now, failure } = await move(this.#place.leader);
      this.#place = this.#placeOf(leader, now);
      if (failure !== undefined) throw failure;
    });
  }

  /** Takes nothing new and finishes what is in flight. Called before the shards close. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#place.leader.hurry();
    await this.#place.coordinator.close();
    await this.#gate.close(async () => {
      await this.#place.coordinator.close();
      await this.#place.leader.close();
    });
  }

  #placeOf(leader: Leader, host: string): Place {
    const { environment, clock, shards } = this.#parts;
    const router = new Router(systemCatalog(leader.id), (id) => (isSystemShardId(id) ? leader : shards(id)));
    const coordinator = new Coordinator({ environment, clock, router, statistics: new Statistics() });
    return { host, leader, router, coordinator };
  }
}
