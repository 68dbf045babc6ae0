import { PandaError } from '@pandakv/core';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const NAMES: readonly string[] = ['json', 'yaml', 'yml', 'js', 'mjs'].map((extension) => `panda.config.${extension}`);

/** The configuration file in a folder, if there is one. */
export function findConfigFile(folder: string): string | undefined {
  const found = readdirSync(folder).filter((name) => NAMES.includes(name));
  if (found.length > 1) {
    throw new PandaError('InvalidArgument', `There are ${found.join(' and ')}: say with --config which one is meant`);
  }
  return found[0] === undefined ? undefined : join(folder, found[0]);
}
