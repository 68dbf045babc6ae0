import { PandaError, type Snapshot } from '@pandakv/core';
import { sameId, wayUp } from './ancestry.js';
import { ROOT } from './tree-keys.js';

/** Ids remembered, at most; about 10 MiB. */
const REMEMBERED_MAX = 100_000;

/** Tells whether directories lie below the root. Remembers those that do, so that the way up is walked in full only once. */
export class Connected {
  readonly #snapshot: Snapshot;
  readonly #known = new Set<string>();

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  /** Whether a directory with this parent does. */
  async add(directory: Uint8Array, parent: Uint8Array): Promise<boolean> {
    const way = [textOf(directory)];
    try {
      if (!sameId(directory, ROOT)) {
        for await (const ancestor of wayUp(this.#snapshot, parent)) {
          const id = textOf(ancestor);
          if (this.#known.has(id)) break;
          way.push(id);
        }
      }
    } catch (error) {
      if (PandaError.is(error, 'Corruption')) return false;
      throw error;
    }
    if (this.#known.size + way.length > REMEMBERED_MAX) this.#known.clear();
    for (const id of way) this.#known.add(id);
    return true;
  }
}

function textOf(id: Uint8Array): string {
  return Buffer.from(id).toString('latin1');
}
