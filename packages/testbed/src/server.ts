/** The kinds of servers that a testbed starts. */
export const SERVER_KINDS = ['mariadb', 'mysql', 'postgres'] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

/** A database server for tests: started in a temporary folder on a free port of the loopback interface, or named by a connection string. */
export interface Server {
  readonly kind: ServerKind;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** What the server calls itself, for people: `10.11.18-MariaDB`. */
  readonly version: string;
  /** False for a server that was named by a connection string: it cannot be killed or started again. */
  readonly isOwned: boolean;
  /** Connection string of a database (a schema of MySQL) that is created empty, under a new name where none is given. */
  createDatabase(name?: string): Promise<string>;
  /** Kills the server's processes with SIGKILL; resolves when they are gone. */
  kill(): Promise<void>;
  /** Starts it again after {@link kill} or {@link stop}, on the same data and port; resolves when it takes connections. */
  start(): Promise<void>;
  /** Ends the server in an orderly way. */
  stop(): Promise<void>;
  /** Suspends (SIGSTOP) or continues (SIGCONT) the server's processes. */
  suspend(): Promise<void>;
  resume(): Promise<void>;
  /** Ends the server and removes its folder (of one that is not owned: drops the databases created here). */
  close(): Promise<void>;
}

export interface ServerOptions {
  /** Settings beside the server's defaults, as `name: value` of its configuration file. */
  readonly settings?: Readonly<Record<string, string>>;
}
