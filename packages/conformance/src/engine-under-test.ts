import type { Engine } from '@pandakv/core/engine';

/** A fresh, empty place for one engine: a folder, a database, a table. */
export interface Store {
  /**
   * Opens an engine on it. It is called again after `close`, and a second time while the first is open (where the engine
   * declares `multiProcess`, that works; where it does not, it fails).
   */
  open(): Promise<Engine>;
  /** Removes the place. Every engine that was opened on it has been closed. */
  destroy(): Promise<void>;
  /** What `childModule` is told to open: anything that JSON can hold. */
  readonly childArgument?: unknown;
}

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** For engines that talk to a server over TCP: the suite puts a proxy of its own in between, which cuts, delays and swallows. */
export interface ThroughProxy<S extends Store = Store> extends Address {
  /** Opens an engine on the store that connects to this address, and not to the server's. */
  open(address: Address, store: S): Promise<Engine>;
  /**
   * The longest that a call may take, in milliseconds, when the server stays silent: the engine's deadline. Give it a short
   * one for the tests. Missing: silence without end is not tested.
   */
  readonly deadlineMs?: number;
}

/** For engines that talk to a server: how to end that server, as a loss of power would, and to start it again. */
export interface KillableServer {
  /** kill -9; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts it on the same data and the same address; resolves when it takes connections. */
  start(): Promise<void>;
}

/**
 * An engine, and what the suite may do with it. `name` and `create` are enough; each of the abilities `childModule`, `server`
 * and `throughProxy` adds an area of tests, which is skipped, with the reason, where it is missing.
 */
export interface EngineUnderTest<S extends Store = Store> {
  /** Of the engine, for people. */
  readonly name: string;
  /** Makes a store. Each test has one of its own, and one at a time. */
  create(): Promise<S>;
  /**
   * Path or `file:` URL of a module that exports `open(childArgument)`: it opens the engine on the same store in another process.
   * The suite kills that process in the middle of writes. Give it for every engine that outlives its process.
   */
  readonly childModule?: string | URL | undefined;
  readonly server?: KillableServer | undefined;
  readonly throughProxy?: ThroughProxy<S> | undefined;
  /** Passwords, connection strings: what no error may hold. */
  readonly secrets?: readonly string[] | undefined;
  /** How much of the repeated work is done: 1 is the usual, 0.2 a fifth of the rounds, 10 a soak. */
  readonly scale?: number | undefined;
  /** Seed of all that is random. Default: `PANDA_SEED` of the environment, or a new one. */
  readonly seed?: number | undefined;
  /** The longest that one test may take, in milliseconds. Default 120,000, times `scale` where that is above 1. */
  readonly timeoutMs?: number | undefined;
  /** The longest that an engine may take to serve again once its server is back, in milliseconds. Default 30,000. */
  readonly recoveryMs?: number | undefined;
}
