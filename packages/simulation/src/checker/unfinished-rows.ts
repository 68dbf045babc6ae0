import type { StoreServer } from '../engine/store-server.js';
import { unfinishedOf } from './store-contents.js';

/** What must be gone of some stores once all is quiet, to be asked after every event: looks again only when rows have changed. */
export class UnfinishedRows {
  readonly #servers: readonly StoreServer[];
  readonly #more: (servers: readonly StoreServer[]) => readonly string[];
  #changes = -1;
  #rows: readonly string[] = [];

  /** @param more what else must be gone. */
  constructor(servers: readonly StoreServer[], more: (servers: readonly StoreServer[]) => readonly string[]) {
    this.#servers = servers;
    this.#more = more;
  }

  get rows(): readonly string[] {
    let changes = 0;
    for (const { store } of this.#servers) changes += store.changes;
    if (changes !== this.#changes) {
      this.#changes = changes;
      const rows = this.#servers.flatMap(({ id, store }) => unfinishedOf(id, store.rows));
      this.#rows = [...rows, ...this.#more(this.#servers)];
    }
    return this.#rows;
  }
}
