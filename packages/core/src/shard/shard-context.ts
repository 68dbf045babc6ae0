import type { Environment, HybridClock } from '../clock/index.js';
import type { Engine } from '../engine/index.js';
import type { ShardSettings } from './settings.js';
import type { Peer } from './shard.js';

/** What every part of a leader is given. */
export interface ShardContext {
  readonly id: string;
  readonly engine: Engine;
  readonly environment: Environment;
  readonly clock: HybridClock;
  readonly settings: ShardSettings;
  /** Other shards by id, for recovery; undefined when unknown. */
  readonly peer: (id: string) => Peer | undefined;
}
