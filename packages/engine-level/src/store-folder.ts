import { PandaError } from '@pandakv/core/engine';
import { mkdir, open, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { checkMarker, MARKER, MARKER_BYTES_MAX } from './store-marker.js';

const MARKER_FILE = 'PANDA';
const CREATING_FILE = 'PANDA.creating';
const DATA_FOLDER = 'data';

/**
 * The folder of a store: `PANDA`, the marker, and `data`, LevelDB's files.
 *
 * Creation: (1) the folder, (2) `PANDA.creating`, synced, (3) `data` and all that LevelDB makes in it, synced, (4)
 * `PANDA.creating` is renamed to `PANDA`, synced. Whatever moment it ends at, the folder is absent, empty, or has
 * `PANDA.creating`: the next opening goes on. With `PANDA`, the data was complete once, and is never created again.
 */
export class StoreFolder {
  readonly data: string;
  private readonly marker: string;
  private readonly creating: string;

  private constructor(readonly path: string) {
    this.data = join(path, DATA_FOLDER);
    this.marker = join(path, MARKER_FILE);
    this.creating = join(path, CREATING_FILE);
  }

  /** Makes the folder, with its parents, where nothing is; one that is there is left as it is. */
  static async at(location: string): Promise<StoreFolder> {
    const path = resolve(location);
    const first = await mkdir(path, { recursive: true });
    if (first !== undefined) {
      for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
    }
    // One name for one folder, whatever links lead to it: LevelDB tells its own locks apart by name.
    return new StoreFolder(await realpath(path));
  }

  /**
   * Whether the store has been created completely; changes nothing.
   *
   * @throws PandaError `InvalidArgument` for a folder that is not ours, or not yet readable by this version;
   *   `Corruption` for an unreadable marker
   */
  async isComplete(): Promise<boolean> {
    const names = await readdir(this.path);
    if (names.includes(MARKER_FILE)) {
      checkMarker(await readMarker(this.marker), this.marker);
      return true;
    }
    if (names.length === 0) return false;
    const foreign = names.find((name) => name !== CREATING_FILE && name !== DATA_FOLDER);
    if (foreign === undefined && names.includes(CREATING_FILE)) {
      await this.checkCreating();
      return false;
    }
    throw new PandaError('InvalidArgument', `The folder is not empty, and not a store of Panda's: ${this.path}`);
  }

  /** Step 2 of the creation; may be repeated. */
  async beginCreation(): Promise<void> {
    try {
      await writeFile(this.creating, MARKER, { flag: 'wx', flush: true });
    } catch (error) {
      // Its name is enough until step 4. Another process may be there already, so its file is not written to.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    await syncFolder(this.path);
  }

  /** Step 4, or what is left of it. To be called while LevelDB is open: its lock keeps other processes out. */
  async finishCreation(): Promise<void> {
    const names = await readdir(this.path);
    if (!names.includes(CREATING_FILE)) return;
    if (names.includes(MARKER_FILE)) {
      // Left by a process that began to create what another one had just finished.
      await rm(this.creating, { force: true });
      return;
    }
    await syncFolder(this.data);
    await writeFile(this.creating, MARKER, { flush: true });
    await rename(this.creating, this.marker);
    await syncFolder(this.path);
  }

  /** One that was torn while being written is ours all the same; one that says another engine or format is not. */
  private async checkCreating(): Promise<void> {
    try {
      checkMarker(await readMarker(this.creating), this.creating);
    } catch (error) {
      const torn = PandaError.is(error, 'Corruption') || (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!torn) throw error;
    }
  }
}

async function readMarker(path: string): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size > MARKER_BYTES_MAX) throw new PandaError('Corruption', `This is too large to be the marker of a store: ${path}`);
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
    throw new PandaError('Corruption', `The marker of the store is not a file: ${path}`, { cause: error });
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot sync a folder, and needs no such thing.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
