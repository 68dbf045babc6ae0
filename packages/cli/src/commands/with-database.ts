import { openDatabase, type Database } from '@pandakv/core';
import { chosenConfig, type Choice } from './chosen-config.js';

/** Opens the chosen database for one command, and closes it whatever happens. */
export async function withDatabase<T>(choice: Choice, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(await chosenConfig(choice));
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
