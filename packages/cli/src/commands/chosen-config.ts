import { PandaError, type DatabaseConfig } from '@pandakv/core';
import { findConfigFile, loadConfig } from '../config/index.js';
import { configOf, readLayout } from '../data-folder/index.js';

export const DEFAULT_DATA = 'panda-data';

/** Which database a command is about. */
export interface Choice {
  /** A data folder. */
  readonly data?: string;
  /** A configuration file. */
  readonly config?: string;
}

/** The configuration of the chosen database; where none is chosen, of `panda.config.*` here, else of the default data folder. */
export async function chosenConfig(choice: Choice): Promise<DatabaseConfig> {
  const file = chosenFile(choice);
  if (file !== undefined) return await loadConfig(file);
  const folder = choice.data ?? DEFAULT_DATA;
  return configOf(folder, await readLayout(folder));
}

/** The configuration file, unless a data folder is meant. */
export function chosenFile({ data, config }: Choice): string | undefined {
  if (data !== undefined && config !== undefined) throw new PandaError('InvalidArgument', '--data does not go with --config');
  return data === undefined ? (config ?? findConfigFile('.')) : undefined;
}
