import type { Database } from '@pandakv/core';
import type { StoreContents } from '../checker/store-contents.js';
import type { StoreServer } from '../engine/store-server.js';
import type { Process } from '../machine/process.js';

/** What goes on beside the clients: administrators and consumers of the database. */
export interface Companion {
  /** Begins in a process that has opened the database. */
  start(database: Database, process: Process): void;
  /** From now on nothing new begins. */
  stop(): void;
  /** Brings to an end what is under way. Called in each life of the process until it resolves. */
  settle(database: Database, process: Process): Promise<void>;
  /** The same, once all companions have settled. */
  conclude?(database: Database, process: Process): Promise<void>;
  /** After that: what has still to go from the stores before all is quiet. */
  unfinished?(servers: readonly StoreServer[]): string[];
  /** What it saw that cannot be, given all that the engines have ever held. */
  check?(contents: StoreContents): string[];
}
