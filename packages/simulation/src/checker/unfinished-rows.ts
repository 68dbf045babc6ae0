import type { StoreServer } from '../engine/store-server.js';
import { unfinishedOf } from './store-contents.js';

/** What must be gone of some stores once all is quiet, to be asked after every event: looks again only when rows have changed. */
export class UnfinishedRows {
  readonly #servers: readonly Pick<StoreServer, 'id' | 'store'>[];
  #changes = -1;
  #rows: readonly string[] = [];

  constructor(servers: readonly Pick<StoreServer, 'id' | 'store'>[]) {
    this.#servers = servers;
  }

  get rows(): readonly string[] {
    let changes = 0;
    for (const { store } of this.#servers) changes += store.changes;
    if (changes !== this.#changes) {
      this.#changes = changes;
      this.#rows = this.#servers.flatMap(({ id, store }) => unfinishedOf(id, store.rows));
    }
    return this.#rows;
  }
}
