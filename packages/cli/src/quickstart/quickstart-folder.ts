import { checkShards, PandaError, type Database } from '@pandakv/core';
import { rm, stat } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Variables } from '../config/index.js';
import {
  configOf,
  createDataFolder,
  LAYOUT_FILE,
  namesIn,
  openDataFolder,
  readLayout,
  writeLayout,
  type Layout,
} from '../data-folder/index.js';
import { isSpecial } from './disk.js';
import { checkUrls, isLocal, shardBeside, shardsOver, type QuickstartEngine } from './quickstart-engines.js';
import { emptyServerStores } from './server-stores.js';
import { SETTINGS, type AddedShard, type Target } from './target.js';
import { splitsOver } from './tree-keys.js';

const DEFAULT_ENGINES: readonly QuickstartEngine[] = ['level'];

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

export interface FolderChoices {
  /** Whether to delete what an earlier quickstart left first. */
  readonly fresh: boolean;
  /** The engines of the shards, if they were chosen. */
  readonly engines: readonly QuickstartEngine[] | undefined;
  /** The servers end with this run, and so does what they hold. */
  readonly isTransient: boolean;
}

/** A data folder, with shards in it, and perhaps others on servers. */
export class FolderTarget implements Target {
  readonly name: string;
  readonly folder: string;
  readonly #choices: FolderChoices;

  constructor(folder: string, choices: FolderChoices) {
    this.name = folder;
    this.folder = folder;
    this.#choices = choices;
  }

  /**
   * Makes sure that the data folder is one for importing `source`, and makes it where nothing is. Fails with `InvalidArgument`, and
   * leaves it untouched, when it is anything else. With `fresh`, what an earlier quickstart left is deleted first.
   */
  async prepare(source: string, variables: Variables): Promise<void> {
    const folder = realPathOf(this.folder);
    if (source === folder || source.startsWith(folder + sep)) {
      throw new PandaError('InvalidArgument', `'${source}' lies in the data folder`);
    }
    const names = await namesIn(this.folder);
    if (names !== undefined && names.length > 0) {
      const layout = await quickstartLayout(this.folder, names);
      if (!this.#choices.fresh && layout.quickstart.isDeleting !== true) {
        this.#checkSame(layout, source);
        return;
      }
      await deleteContents(this.folder, layout, names);
    }
    await this.#create(source, variables);
  }

  async open(variables: Variables): Promise<Database> {
    return await openDataFolder(this.folder, SETTINGS, variables);
  }

  /** The layout names the shard first: a database is opened with all shards that it has, and takes one that is new. */
  async addShard(database: Database, variables: Variables): Promise<AddedShard> {
    const layout = await readLayout(this.folder);
    const known = layout.shards.find(({ id }) => id === layout.quickstart?.added);
    const shard = known ?? shardBeside(layout.shards);
    if (known === undefined) {
      const quickstart = { ...layout.quickstart!, added: shard.id };
      await writeLayout(this.folder, { ...layout, shards: [...layout.shards, shard], quickstart });
    }
    const isMember = (await database.shards()).some(({ id }) => id === shard.id);
    if (!isMember) await database.addShard(configOf(this.folder, { shards: [shard] }, variables).shards[0]!);
    return { shard: shard.id, engine: shard.engine.package };
  }

  async #create(source: string, variables: Variables): Promise<void> {
    const { engines = DEFAULT_ENGINES, fresh, isTransient } = this.#choices;
    checkUrls(engines, variables);
    const layout = newLayout(source, engines);
    const onServers = layout.shards.filter((shard) => !isLocal(shard));
    if (onServers.length === 0) {
      await createDataFolder(this.folder, layout);
      return;
    }
    const unfinished: Layout = { ...layout, quickstart: { source, isDeleting: true } };
    await createDataFolder(this.folder, unfinished);
    await emptyServerStores(onServers, variables, fresh);
    if (!isTransient) await writeLayout(this.folder, layout);
  }

  #checkSame({ quickstart, shards }: QuickstartLayout, source: string): void {
    const { engines, isTransient } = this.#choices;
    const instead = 'Give another folder with --data, or start over with --fresh';
    if (quickstart.source !== source) {
      throw new PandaError('InvalidArgument', `'${this.folder}' holds an import of '${quickstart.source}'. ${instead}`);
    }
    const first = shards.filter(({ id }) => id !== quickstart.added);
    if (isTransient || (engines !== undefined && !isDeepStrictEqual(first, shardsOver(engines)))) {
      throw new PandaError('InvalidArgument', `'${this.folder}' holds an import over other engines. ${instead}`);
    }
  }
}

function newLayout(source: string, engines: readonly QuickstartEngine[]): QuickstartLayout {
  const shards = shardsOver(engines);
  return { quickstart: { source }, shards, splits: splitsOver(shards.map(({ id }) => id)) };
}

/** The layout of a folder that a quickstart made and nobody has put anything else into. */
async function quickstartLayout(data: string, names: readonly string[]): Promise<QuickstartLayout> {
  const layout = names.includes(LAYOUT_FILE) ? await readLayout(data) : undefined;
  if (layout?.quickstart === undefined) {
    throw new PandaError('InvalidArgument', `'${data}' is not a data folder of 'panda quickstart': it is left as it is`);
  }
  const stores = layout.shards.map(({ engine }) => engine.options['location'] ?? engine.options['file']);
  // While it is open or after a crash, files of SQLite lie beside that of the store.
  const ours = new Set([
    LAYOUT_FILE,
    ...stores.flatMap((name) => ['', '-wal', '-shm', '-journal'].map((end) => `${name as string}${end}`)),
  ]);
  const foreign = names.find((name) => !ours.has(name));
  if (foreign !== undefined) {
    throw new PandaError('InvalidArgument', `'${data}' holds '${foreign}', which is not Panda's: it is left as it is`);
  }
  return { ...layout, quickstart: layout.quickstart };
}

/** The layout goes last: a folder whose deletion was cut off is known to be ours, and not to be whole. */
async function deleteContents(data: string, layout: QuickstartLayout, names: readonly string[]): Promise<void> {
  await checkNotInUse(data, layout);
  await writeLayout(data, { ...layout, quickstart: { ...layout.quickstart, isDeleting: true } });
  for (const name of names) if (name !== LAYOUT_FILE) await rm(join(data, name), { recursive: true, force: true });
  await rm(join(data, LAYOUT_FILE));
}

/** Whoever has the stores open holds their locks. A store that cannot be opened for another reason is in nobody's use. */
async function checkNotInUse(data: string, layout: Layout): Promise<void> {
  const shards = layout.shards.filter(isLocal);
  if (shards.length === 0) return;
  for (const { error } of await checkShards(configOf(data, { shards }))) {
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
