import type { Timestamp } from '../clock/index.js';
import type { Entry } from '../engine/index.js';
import { bytesFrom } from '../keys/index.js';
import { decodeStamped } from '../rows/index.js';

/**
 * Decodes the current rows of a page, also while it is still on its way: then what it takes is hidden behind the waiting
 * for the rest.
 */
export class PageDecoder {
  readonly #timestamp: Timestamp;
  #rows: readonly Entry[] = [];
  #decoded = 0;
  #entries: Entry[] = [];
  #isDamaged = false;

  /** @param timestamp rows that were written later are left out */
  constructor(timestamp: Timestamp) {
    this.#timestamp = timestamp;
  }

  /** Decodes what has come of the page; what is wrong with it, {@link finish} is to tell. */
  readonly onEntries = (rows: readonly Entry[]): void => {
    if (this.#isDamaged) return;
    try {
      this.#decode(rows);
    } catch {
      this.#isDamaged = true;
    }
  };

  /**
   * @returns the rows of the whole page, with their user keys
   * @throws PandaError `Corruption`
   */
  finish(rows: readonly Entry[]): Entry[] {
    this.#decode(rows);
    return this.#entries;
  }

  #decode(rows: readonly Entry[]): void {
    if (rows !== this.#rows) {
      // Another attempt at the page.
      this.#rows = rows;
      this.#decoded = 0;
      this.#entries = [];
    }
    decodeRows(rows, this.#decoded, this.#timestamp, this.#entries);
    this.#decoded = rows.length;
  }
}

function decodeRows(rows: readonly Entry[], begin: number, until: Timestamp, into: Entry[]): void {
  for (let at = begin; at < rows.length; at++) {
    const [key, row] = rows[at]!;
    const { timestamp, value } = decodeStamped(key, row);
    if (timestamp <= until) into.push([bytesFrom(key, 1), value]);
  }
}
