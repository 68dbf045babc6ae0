import type { Database, Transaction } from '@pandakv/core';
import type { Grown } from './growth.js';
import { STATE_KEY } from './tree-keys.js';

/** What was imported. */
export interface Totals {
  /** Everything that is no directory: files, symbolic links, devices, sockets. */
  readonly files: number;
  /** With the root. */
  readonly directories: number;
  /** Entries that were not imported, and directories that could not be read. */
  readonly skipped: number;
}

/** How far the quickstart is; in the database. */
export interface State {
  /** The directory that is imported. */
  readonly source: string;
  /** When the first import began, by this machine's clock, in milliseconds. */
  readonly startedAt: number;
  /** Once everything is imported. */
  readonly imported?: Totals;
  /** Once the moves have ended: how many were made. */
  readonly moves?: number;
  /** Once a shard was added and all are even: what it was given; null where none can be added. */
  readonly grown?: Grown | null;
}

export async function readState(database: Database): Promise<State | undefined> {
  const value = await database.get(STATE_KEY);
  return value === undefined ? undefined : (JSON.parse(Buffer.from(value).toString('utf8')) as State);
}

export function setState(transaction: Transaction, state: State): void {
  transaction.set(STATE_KEY, JSON.stringify(state));
}
