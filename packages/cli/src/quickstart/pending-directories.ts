import type { Database } from '@pandakv/core';
import { decodeRecord } from './directory-rows.js';
import { directoryOf, PENDING_ROWS, recordKey } from './tree-keys.js';
import { PandaError } from '@pandakv/core';

const IN_MEMORY_MAX = 16_384;
const REFILL = 4_096;

/** A directory that has still to be imported. */
export interface PendingDirectory {
  readonly id: Buffer;
  /** Relative to the root. */
  readonly path: Uint8Array;
  /** An earlier run, or this one, may have imported some of its entries. */
  readonly mayBePartial: boolean;
}

/**
 * Directories that wait to be imported. They are in the database, too; the last found come first, which keeps them few. More
 * than memory should hold are forgotten here and read from the database when the others are done. What an earlier run left is
 * read just so.
 */
export class PendingDirectories {
  readonly #database: Database;
  readonly #waiting: PendingDirectory[] = [];
  /** The database may hold some that memory does not. */
  #hasMore = true;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds directories that are in the database already. */
  push(directories: readonly PendingDirectory[]): void {
    for (const directory of directories) {
      if (this.#waiting.length < IN_MEMORY_MAX) this.#waiting.push(directory);
      else this.#hasMore = true;
    }
  }

  /** The next one in memory. */
  pop(): PendingDirectory | undefined {
    return this.#waiting.pop();
  }

  /** Reads more from the database; to be called when none is being imported. Answers whether there were any. */
  async refill(): Promise<boolean> {
    if (!this.#hasMore) return false;
    const snapshot = this.#database.snapshot();
    const ids: Buffer[] = [];
    for await (const [key] of snapshot.scan(PENDING_ROWS, { limit: REFILL })) ids.push(directoryOf(key));
    const records = await snapshot.getMany(ids.map(recordKey));
    for (const [at, id] of ids.entries()) {
      const record = records[at] === undefined ? undefined : decodeRecord(records[at]);
      if (record === undefined) {
        throw new PandaError('Corruption', `The directory ${id.toString('hex')} is to be imported, but has no record`);
      }
      this.#waiting.push({ id, path: record.path, mayBePartial: true });
    }
    this.#hasMore = ids.length === REFILL;
    return ids.length > 0;
  }
}
