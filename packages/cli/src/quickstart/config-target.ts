import { openDatabase, PandaError, type Database } from '@pandakv/core';
import { loadConfig, type Variables } from '../config/index.js';
import { readState } from './state.js';
import { SETTINGS, type Target } from './target.js';

/** The shards that a configuration file describes. They hold nothing, or an import of the same directory. */
export class ConfigTarget implements Target {
  readonly folder = undefined;

  constructor(readonly name: string) {}

  async prepare(source: string, variables: Variables): Promise<void> {
    const database = await this.open(variables);
    try {
      await this.#check(database, source);
    } finally {
      await database.close();
    }
  }

  async open(variables: Variables): Promise<Database> {
    return await openDatabase({ ...SETTINGS, ...(await loadConfig(this.name, variables)) });
  }

  /** Which shards there are is written in the file. */
  async addShard(): Promise<undefined> {
    return undefined;
  }

  async #check(database: Database, source: string): Promise<void> {
    const state = await readState(database);
    if (state === undefined) {
      const { done } = await database.scan({}, { limit: 1 })[Symbol.asyncIterator]().next();
      if (done !== true)
        throw new PandaError('InvalidArgument', `The database of '${this.name}' holds something: it is left as it is`);
    } else if (state.source !== source) {
      throw new PandaError('InvalidArgument', `The database of '${this.name}' holds an import of another directory`);
    }
  }
}
