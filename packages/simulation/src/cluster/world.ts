import type { ShardSettings } from '@pandakv/core/shard';
import type { Counters } from '../kernel/counters.js';
import type { Random } from '../kernel/random.js';
import type { Scheduler } from '../kernel/scheduler.js';
import type { Trace } from '../kernel/trace.js';
import type { Network } from '../network/network.js';
import type { StoreServer } from '../engine/store-server.js';
import type { PlantedBug } from './planted-bug.js';

/** What all parts of a simulation share. */
export interface World {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly counters: Counters;
  readonly trace: Trace;
  readonly network: Network;
  /** By shard. */
  readonly servers: ReadonlyMap<string, StoreServer>;
  readonly settings: ShardSettings;
  /** Engines answer reads without a promise. */
  readonly readsAtOnce: boolean;
  readonly bug: PlantedBug | undefined;
  /** Something that must not be was seen; the run goes on, and fails. */
  fail(what: string): void;
}
