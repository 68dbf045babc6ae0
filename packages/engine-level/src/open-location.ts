import type { EngineCapabilities } from '@pandakv/core/engine';
import { ClassicLevel } from 'classic-level';
import { AsciiGuess } from './ascii-keys.js';
import { checkFiles, checkTables } from './data-damage.js';
import { accessTo, BYTES } from './database.js';
import { toOpenError } from './error-map.js';
import type { LevelStore } from './level-engine.js';
import { BATCH_BYTES_MAX } from './batch-limit.js';
import { claimFolder } from './open-folders.js';
import type { LevelLocationOptions } from './options.js';
import { StoreFolder } from './store-folder.js';

const MIB = 1024 * 1024;

/** A store in a folder, created where nothing is. */
export async function openLocation(options: LevelLocationOptions): Promise<LevelStore> {
  const { location } = options;
  try {
    const folder = await StoreFolder.at(location);
    const release = claimFolder(folder.path);
    try {
      return await openFolder(folder, options, release);
    } catch (error) {
      release();
      throw error;
    }
  } catch (error) {
    throw toOpenError(error, location);
  }
}

async function openFolder(folder: StoreFolder, options: LevelLocationOptions, release: () => void): Promise<LevelStore> {
  const isComplete = await folder.isComplete();
  if (isComplete) await checkFiles(folder.data);
  else await folder.beginCreation();
  // It would open itself, and create, if nobody did in the same tick.
  const database = new ClassicLevel<Uint8Array, Uint8Array>(folder.data, {
    ...BYTES,
    ...nativeOptions(options),
    createIfMissing: false,
  });
  try {
    await database.open({ createIfMissing: !isComplete });
    await checkTables(database, folder.data);
    await folder.finishCreation();
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    access: { ...accessTo(database), asciiGuess: new AsciiGuess() },
    capabilities: capabilitiesFor(options),
    reopen: async () => {
      await database.close();
      try {
        await checkFiles(folder.data);
        await database.open({ createIfMissing: false });
        await checkTables(database, folder.data);
      } catch (error) {
        throw toOpenError(error, folder.path);
      }
    },
    close: async () => {
      await database.close();
      release();
    },
  };
}

function nativeOptions({ cacheBytes = 32 * MIB, writeBufferBytes = 8 * MIB, compression = true }: LevelLocationOptions) {
  return { cacheSize: cacheBytes, writeBufferSize: writeBufferBytes, compression };
}

function capabilitiesFor({ durability = 'synced' }: LevelLocationOptions): EngineCapabilities {
  return { durability, batchBytesMax: BATCH_BYTES_MAX, estimateExact: false, multiProcess: false };
}
