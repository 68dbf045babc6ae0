import { openDatabase, PandaError, type Database, type DatabaseConfig } from '@pandakv/core';
import { mkdir, open, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Variables } from '../config/index.js';
import { configOf, LAYOUT_FILE, readLayout, type Layout } from './layout-file.js';

/** The layout file while it is being written; what is left of one that never came to be. */
const UNFINISHED_FILE = `${LAYOUT_FILE}.new`;

export type OpenSettings = Pick<DatabaseConfig, 'cacheBytes' | 'settings'>;

/** Opens the database in a data folder. A folder that is none fails with `InvalidArgument` and is left untouched. */
export async function openDataFolder(folder: string, settings: OpenSettings = {}, variables?: Variables): Promise<Database> {
  return await openDatabase({ ...configOf(folder, await readLayout(folder), variables), ...settings });
}

/** Makes a data folder where nothing is. Its shards are made when it is first opened. */
export async function createDataFolder(folder: string, layout: Layout): Promise<void> {
  const names = await namesIn(folder);
  if (names !== undefined && names.length > 0) {
    throw new PandaError('InvalidArgument', `'${folder}' is not empty`);
  }
  try {
    await mkdir(folder, { recursive: true });
    await writeLayout(folder, layout);
  } catch (cause) {
    throw new PandaError('InvalidArgument', `'${folder}' cannot be made: ${(cause as Error).message}`, { cause });
  }
}

/** The names in a folder, but for a layout that was never finished; undefined where there is no folder. */
export async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return (await readdir(folder)).filter((name) => name !== UNFINISHED_FILE);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return undefined;
    const message = code === 'ENOTDIR' ? `'${folder}' is not a folder` : `'${folder}' cannot be read`;
    throw new PandaError('InvalidArgument', message, { cause: error });
  }
}

/** Writes the layout of a data folder, whole or not at all. */
export async function writeLayout(folder: string, layout: Layout): Promise<void> {
  const unfinished = join(folder, UNFINISHED_FILE);
  const file = await open(unfinished, 'w');
  try {
    await file.writeFile(JSON.stringify(layout, undefined, 2) + '\n');
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, join(folder, LAYOUT_FILE));
  for (const path of [folder, dirname(folder)]) await syncFolder(path);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
