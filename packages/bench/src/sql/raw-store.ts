import type { EngineSource } from '@pandakv/core/engine';

/** A database as one uses it without Panda: the driver's own calls on a table of keys and values. */
export interface RawStore {
  /** An upsert of one row in a transaction of its own. */
  put(key: Buffer, value: Buffer): Promise<unknown>;
  get(key: Buffer): Promise<Buffer | undefined>;
  /** The rows from a key on; answers how many bytes they have. */
  scan(start: Buffer, limit: number): Promise<{ readonly rows: number; readonly bytes: number }>;
  close(): Promise<void>;
}

/** An upsert of one row in each of two databases by the driver's own two-phase commit. */
export interface RawTwoPhase {
  put(a: Row, b: Row): Promise<void>;
  close(): Promise<void>;
}

export interface Row {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** A place for stores: a database of a server, or a folder. */
export interface Place {
  openRaw(connections: number): Promise<RawStore>;
  engine(name: string, connections: number): EngineSource;
}

/** A driver to compare with. Two places lie on two servers, where there are servers. */
export interface Side {
  readonly name: string;
  /** What its two-phase commit is, for people. */
  readonly twoPhaseText: string;
  readonly places: readonly [Place, Place];
  openTwoPhase(): Promise<RawTwoPhase>;
  close(): Promise<void>;
}
