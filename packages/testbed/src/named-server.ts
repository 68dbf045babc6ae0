import { newDatabaseName, urlOfDatabase } from './access.js';
import { CLIENTS } from './clients/index.js';
import { URL_VARIABLES } from './named-url.js';
import { type Server, type ServerKind } from './server.js';

const DEFAULT_PORTS: Readonly<Record<ServerKind, number>> = { mariadb: 3306, mysql: 3306, postgres: 5432 };

/** A server that a connection string names: the testbed makes databases in it, and drops them. */
export class NamedServer implements Server {
  readonly isOwned = false;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly #created: string[] = [];

  private constructor(
    readonly kind: ServerKind,
    private readonly url: string,
    readonly version: string,
  ) {
    const { hostname, port, username, password } = new URL(url);
    this.host = hostname.replace(/^\[(.*)\]$/, '$1');
    this.port = port === '' ? DEFAULT_PORTS[kind] : Number(port);
    this.user = decodeURIComponent(username);
    this.password = decodeURIComponent(password);
  }

  static async connect(kind: ServerKind, url: string): Promise<NamedServer> {
    const variable = URL_VARIABLES[kind];
    const version = await CLIENTS[kind].version(url).catch((error: unknown) => {
      throw new Error(`The server that ${variable} names takes no connection.`, { cause: error });
    });
    if (kind !== 'postgres' && /mariadb/i.test(version) !== (kind === 'mariadb')) {
      throw new Error(`${variable} names a server of another kind: ${version}.`);
    }
    return new NamedServer(kind, url, version);
  }

  async createDatabase(name = newDatabaseName()): Promise<string> {
    await CLIENTS[this.kind].createDatabase(this.url, name);
    this.#created.push(name);
    return urlOfDatabase(this.url, name);
  }

  async kill(): Promise<void> {
    throw this.#notOwned();
  }

  async start(): Promise<void> {
    throw this.#notOwned();
  }

  async stop(): Promise<void> {
    throw this.#notOwned();
  }

  async suspend(): Promise<void> {
    throw this.#notOwned();
  }

  async resume(): Promise<void> {
    throw this.#notOwned();
  }

  async close(): Promise<void> {
    for (const name of this.#created.splice(0)) await CLIENTS[this.kind].dropDatabase(this.url, name);
  }

  #notOwned(): Error {
    return new Error(
      `The testbed does not own the server that ${URL_VARIABLES[this.kind]} names: it can only make databases in it.`,
    );
  }
}
