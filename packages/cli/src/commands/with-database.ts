import type { Database } from '@pandakv/core';
import { openDataFolder } from '../data-folder/index.js';

/** Opens a data folder for one command, and closes it whatever happens. */
export async function withDatabase<T>(folder: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDataFolder(folder);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
