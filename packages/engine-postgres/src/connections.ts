import { PandaError } from '@pandakv/core/engine';
import { Client, Pool, type ClientConfig, type PoolClient } from 'pg';
import { BinaryConnection } from './binary-connection.js';
import { Call } from './call.js';
import type { Fields } from './message-splitter.js';
import { checkSession, sessionStep } from './session.js';
import type { Settings } from './settings.js';
import type { Step } from './statement.js';

/** How long the server is given to say goodbye. */
const GOODBYE_MS = 1_000;

const ignore = (): void => undefined;

/**
 * A bounded pool of connections, each with a session as Panda needs it. One that failed is replaced by a new one when next
 * needed.
 */
export class Connections {
  readonly #pool: Pool;
  readonly #settings: Settings;
  readonly #callsMax: number;
  readonly #open = new Set<PoolClient>();
  #calls = 0;

  constructor(settings: Settings, max: number) {
    this.#settings = settings;
    this.#callsMax = max + settings.queueMax;
    this.#pool = new Pool({
      Client: clientClass(settings),
      max,
      // Deadlines are ours: the pool's own would be one for connecting and for waiting.
      connectionTimeoutMillis: 0,
      idleTimeoutMillis: 0,
      verify: (client, done) => this.#begin(client, done),
    });
    // A connection that fails while it is idle is dropped by the pool, and nobody needs to hear of it.
    this.#pool.on('error', ignore);
    this.#pool.on('connect', (client) => {
      client.on('error', ignore);
      this.#open.add(client);
      client.once('end', () => this.#open.delete(client));
    });
  }

  /**
   * Runs the steps in one transaction and one round trip; resolves when it is committed.
   *
   * @throws PandaError `Overloaded` when the queue is full, `ShardUnavailable` at the deadline; the driver's errors
   */
  run(steps: readonly Step[], onRow: (fields: Fields) => void = ignore): Promise<void> {
    if (this.#calls >= this.#callsMax) {
      return Promise.reject(
        new PandaError('Overloaded', `${this.#settings.queueMax} calls are waiting for a connection already`),
      );
    }
    this.#calls++;
    return new Promise((resolve, reject) => {
      const onEnd = (error?: Error): void => {
        this.#calls--;
        if (error === undefined) resolve();
        else reject(error);
      };
      const call = new Call({ steps, onRow, deadlineMs: this.#settings.requestTimeoutMs, onEnd });
      this.#pool.connect((error, client, release) => call.begin(error, client, release));
    });
  }

  /** To be called when nothing is under way. A server that does not answer is not waited for. */
  async close(): Promise<void> {
    await this.#pool.end();
    const left = [...this.#open];
    if (left.length === 0) return;
    const gone = Promise.all(left.map((client) => new Promise((resolve) => client.once('end', resolve))));
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([gone, new Promise((resolve) => (timer = setTimeout(resolve, GOODBYE_MS)))]);
    clearTimeout(timer);
    for (const client of this.#open) client.connection.stream.destroy();
  }

  /** The first call on a new connection. It is the pool that takes the connection back if this fails. */
  #begin(client: PoolClient, done: (error?: Error) => void): void {
    let answer: Fields = [];
    const call = new Call({
      steps: [sessionStep(this.#settings)],
      onRow: (fields) => (answer = fields),
      deadlineMs: this.#settings.connectTimeoutMs,
      onEnd: (error) => done(error === undefined ? checkSession(answer) : error),
    });
    call.begin(undefined, client, ignore);
  }
}

/** A client whose configuration nobody can ask it for: the pool makes it without arguments of its own. */
function clientClass(settings: Settings): new () => Client {
  return class extends Client {
    constructor() {
      const { host, port, user, password, database, tls, connectTimeoutMs, applicationName } = settings;
      const config: ClientConfig & { connection: BinaryConnection } = {
        host,
        port,
        user,
        ...(password === undefined ? {} : { password }),
        database,
        ssl: tls === false ? false : { ...tls },
        sslnegotiation: 'postgres',
        application_name: applicationName,
        connectionTimeoutMillis: connectTimeoutMs,
        connection: new BinaryConnection(tls === false ? false : { ...tls }),
      };
      super(config);
    }
  };
}
