import { PandaError, type Database } from '@pandakv/core';
import { rm, stat } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import {
  createDataFolder,
  LAYOUT_FILE,
  namesIn,
  openDataFolder,
  readLayout,
  writeLayout,
  type Layout,
} from '../data-folder/index.js';
import { isSpecial } from './disk.js';
import type { QuickstartOptions } from './options.js';
import { SHARD_IDS, SPLITS } from './tree-keys.js';

const MIB = 1024 * 1024;

/** The memory of the quickstart is bounded; it reads little twice, so it needs no large caches. */
const SETTINGS = { cacheBytes: 16 * MIB, settings: { recentCommitsMax: 16_384, recentTransactionsMax: 8_192 } };
const ENGINE_CACHE_BYTES = 8 * MIB;

type QuickstartLayout = Layout & Required<Pick<Layout, 'quickstart'>>;

/** Checks the directory to import; answers its real path. */
export async function checkSource(path: string): Promise<string> {
  let isDirectory: boolean;
  try {
    isDirectory = (await stat(path)).isDirectory();
  } catch (cause) {
    throw new PandaError('InvalidArgument', `'${path}' cannot be read`, { cause });
  }
  if (!isDirectory) throw new PandaError('InvalidArgument', `'${path}' is not a directory`);
  const source = realpathSync(path);
  if (isSpecial(source)) throw new PandaError('InvalidArgument', `'${path}' is a view of the kernel: it holds no files`);
  return source;
}

/**
 * Makes sure that the data folder is one for importing `source`, and makes it where nothing is. Fails with `InvalidArgument`, and
 * leaves it untouched, when it is anything else. With `fresh`, what an earlier quickstart left is deleted first.
 */
export async function prepareFolder({ source, data, fresh }: QuickstartOptions): Promise<void> {
  const folder = realPathOf(data);
  if (source === folder || source.startsWith(folder + sep)) {
    throw new PandaError('InvalidArgument', `'${source}' lies in the data folder`);
  }
  const names = await namesIn(data);
  if (names !== undefined && names.length > 0) {
    const layout = await quickstartLayout(data, names);
    if (!fresh && layout.quickstart.isDeleting !== true) {
      checkSameSource(data, layout, source);
      return;
    }
    await deleteContents(data, layout, names);
  }
  await createDataFolder(data, newLayout(source));
}

export async function openQuickstart(data: string): Promise<Database> {
  return await openDataFolder(data, SETTINGS);
}

function newLayout(source: string): Layout {
  return {
    quickstart: { source },
    shards: SHARD_IDS.map((id) => ({
      id,
      engine: { package: '@pandakv/engine-level', options: { location: id, cacheBytes: ENGINE_CACHE_BYTES } },
    })),
    splits: SPLITS,
  };
}

/** The layout of a folder that a quickstart made and nobody has put anything else into. */
async function quickstartLayout(data: string, names: readonly string[]): Promise<QuickstartLayout> {
  const layout = names.includes(LAYOUT_FILE) ? await readLayout(data) : undefined;
  if (layout?.quickstart === undefined) {
    throw new PandaError('InvalidArgument', `'${data}' is not a data folder of 'panda quickstart': it is left as it is`);
  }
  const ours = new Set([LAYOUT_FILE, ...layout.shards.map(({ engine }) => engine.options['location'])]);
  const foreign = names.find((name) => !ours.has(name));
  if (foreign !== undefined) {
    throw new PandaError('InvalidArgument', `'${data}' holds '${foreign}', which is not Panda's: it is left as it is`);
  }
  return { ...layout, quickstart: layout.quickstart };
}

function checkSameSource(data: string, layout: QuickstartLayout, source: string): void {
  const before = layout.quickstart.source;
  if (before === source) return;
  const message = `'${data}' holds an import of '${before}'. Give another folder with --data, or start over with --fresh`;
  throw new PandaError('InvalidArgument', message);
}

/** The layout goes last: a folder whose deletion was cut off is known to be ours, and not to be whole. */
async function deleteContents(data: string, layout: QuickstartLayout, names: readonly string[]): Promise<void> {
  await checkNotInUse(data);
  await writeLayout(data, { ...layout, quickstart: { ...layout.quickstart, isDeleting: true } });
  for (const name of names) if (name !== LAYOUT_FILE) await rm(join(data, name), { recursive: true, force: true });
  await rm(join(data, LAYOUT_FILE));
}

/** Whoever has the stores open holds their locks. A store that cannot be opened for another reason is in nobody's use. */
async function checkNotInUse(data: string): Promise<void> {
  try {
    await (await openDataFolder(data)).close();
  } catch (error) {
    if (PandaError.is(error, 'ShardUnavailable')) throw error;
  }
}

/** The real path of a folder that may not be there yet. */
function realPathOf(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(realPathOf(parent), basename(absolute));
  }
}
