import { PandaError } from '@pandakv/core/engine';
import type { ServerConnection } from './server-connection.js';

export interface PoolOptions {
  /** The most connections. */
  readonly connections: number;
  /** The most that wait for one. */
  readonly queueMax: number;
  /** How long they wait. */
  readonly waitMs: number;
  readonly connect: () => Promise<ServerConnection>;
}

interface Waiter {
  readonly resolve: (connection: ServerConnection) => void;
  readonly reject: (error: unknown) => void;
}

/** How long closing waits for a server that does not hear. */
const GOODBYE_MS = 1_000;

/**
 * A few connections, opened when needed and kept. Who finds none free waits in a bounded queue, for a bounded time: the
 * driver's own pool has no bound in time, and does not say in which state a new connection is.
 */
export class ConnectionPool {
  readonly #options: PoolOptions;
  readonly #free: ServerConnection[] = [];
  readonly #waiting: Waiter[] = [];
  /** Connections that are open or being opened. */
  #size = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /**
   * Lends a connection to the work, when one is free. After an error it is not lent again, unless the work has found it to
   * be in order and said so by returning.
   *
   * @param first goes before all that wait
   * @throws PandaError `Overloaded` when too many wait, or one has waited too long; nothing was sent then
   */
  async use<T>(work: (connection: ServerConnection) => Promise<T>, first = false): Promise<T> {
    const connection = await this.#acquire(first);
    try {
      const result = await work(connection);
      this.#release(connection);
      return result;
    } catch (error) {
      connection.break(error);
      throw error;
    }
  }

  /** To be called when all work has ended. */
  async close(): Promise<void> {
    await Promise.all(this.#free.splice(0).map((connection) => connection.close(GOODBYE_MS)));
  }

  #acquire(first: boolean): Promise<ServerConnection> | ServerConnection {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#size < this.#options.connections) return this.#open();
    if (this.#waiting.length >= this.#options.queueMax) {
      throw new PandaError('Overloaded', `${this.#options.queueMax} calls wait for a connection to the server already`);
    }
    return this.#wait(first);
  }

  async #open(): Promise<ServerConnection> {
    this.#size++;
    try {
      const connection = await this.#options.connect();
      connection.onBroken = () => this.#forget(connection);
      return connection;
    } catch (error) {
      this.#size--;
      this.#openForNext();
      throw error;
    }
  }

  #wait(first: boolean): Promise<ServerConnection> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(new PandaError('Overloaded', 'No connection to the server was free in time'));
      };
      const timer = setTimeout(giveUp, this.#options.waitMs);
      const waiter: Waiter = {
        resolve: (connection) => {
          clearTimeout(timer);
          resolve(connection);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      if (first) this.#waiting.unshift(waiter);
      else this.#waiting.push(waiter);
    });
  }

  #release(connection: ServerConnection): void {
    if (connection.isBroken) return;
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.#free.push(connection);
    else waiter.resolve(connection);
  }

  /** A broken connection makes room for a new one. */
  #forget(connection: ServerConnection): void {
    this.#size--;
    const place = this.#free.indexOf(connection);
    if (place >= 0) this.#free.splice(place, 1);
    this.#openForNext();
  }

  #openForNext(): void {
    if (this.#size >= this.#options.connections) return;
    const waiter = this.#waiting.shift();
    if (waiter !== undefined) this.#open().then(waiter.resolve, waiter.reject);
  }
}
