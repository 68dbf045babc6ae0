import type { Database } from '@pandakv/core';
import type { NodeClock } from '../machine/node-clock.js';
import type { Process } from '../machine/process.js';

/** A machine of the cluster, as clients and faults see it. */
export interface Member {
  readonly name: string;
  readonly clock: NodeClock;
  /** The life that it is in; missing while it is down. */
  readonly process: Process | undefined;
  /** What clients there use; missing until it is open. */
  readonly database: Database | undefined;
  start(): void;
  kill(): void;
}

export interface MemberEvents {
  /** A database is open. */
  up(member: Member, database: Database, process: Process): void;
  down(member: Member): void;
}

export interface Cluster {
  readonly members: readonly Member[];
  /** All members are up and every shard is served. */
  readonly isReady: boolean;
  start(): void;
  /** Has another member lead a shard, while its leader goes on believing that it is one. */
  takeOver(shard: string): void;
  /** From now on some are told late who leads what. */
  harm(): void;
  /** From now on nobody is told late who leads what. */
  heal(): void;
}
