import type { Database } from '@pandakv/core';
import { Recorder, type Operation } from '@pandakv/history';
import { Transfers } from '../transfers.js';
import { expectSound } from './expect-sound.js';
import { ListAppends } from './list-appends.js';

const ACCOUNTS = 12;
const CLIENTS = 5;

/** Both workloads on a database that is open in this process: lists that are appended to, and money that is moved. */
export class Workloads {
  readonly #db: Database;
  readonly #history: Operation[] = [];
  readonly #lists: ListAppends;
  readonly #transfers: Transfers;
  #running: Promise<unknown> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  constructor(db: Database, prefixes: readonly string[], random: () => number) {
    this.#db = db;
    this.#lists = new ListAppends(db, new Recorder({ add: (operation) => this.#history.push(operation) }), { prefixes, random });
    this.#transfers = new Transfers(db, prefixes, ACCOUNTS, random);
  }

  /** Transactions of both that were acknowledged so far. */
  get acknowledged(): number {
    return this.#lists.acknowledged + this.#transfers.acknowledged;
  }

  /** @throws what a client ended with, as soon as one did */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async start(): Promise<void> {
    await this.#transfers.fill();
    const clients = Array.from({ length: CLIENTS }, () => [this.#lists.run(), this.#transfers.run()]).flat();
    this.#running = Promise.all(clients).catch((error: unknown) => {
      this.#failure = { error };
      this.stop();
    });
  }

  stop(): void {
    this.#lists.stop();
    this.#transfers.stop();
  }

  /** Ends both, and asserts that all is as it must be now that no fault is left. Answers a line that says how much was done. */
  async finish(): Promise<string> {
    this.stop();
    await this.#running;
    this.check();
    return await expectSound({ db: this.#db, lists: this.#lists, transfers: this.#transfers, history: this.#history });
  }
}
