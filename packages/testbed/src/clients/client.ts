/** What a testbed asks of a server, through the raw driver. Every call has a connection of its own. */
export interface Client {
  /** What the server calls itself. Fails when it takes no connection. */
  version(url: string): Promise<string>;
  createDatabase(url: string, name: string): Promise<void>;
  dropDatabase(url: string, name: string): Promise<void>;
}

/** How long a server may take to answer a connection, in milliseconds. */
export const CONNECT_MS = 5_000;
