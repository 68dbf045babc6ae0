import { PandaError, type EngineCapabilities } from '@pandakv/core/engine';
import { ClassicLevel } from 'classic-level';
import { MemoryLevel } from 'memory-level';
import { EMPTY } from './bytes.js';
import { accessTo, BYTES, type Access } from './database.js';
import { toPandaError } from './error-map.js';
import { boundsOf } from './iterate.js';
import type { LevelStore } from './level-engine.js';
import { BATCH_BYTES_MAX } from './batch-limit.js';
import type { LevelDatabaseOptions } from './options.js';
import { checkMarker, MARKER } from './store-marker.js';
import { writeQueueOf } from './write-queue.js';

const EVERYTHING = { start: EMPTY };

/** A new store in memory. */
export async function openMemory(): Promise<LevelStore> {
  const database = new MemoryLevel<Uint8Array, Uint8Array>({ storeEncoding: 'view', ...BYTES });
  const store = await openDatabase({ database });
  return { ...store, close: () => database.close() };
}

/** A store in a database of the caller's. */
export async function openDatabase(options: LevelDatabaseOptions): Promise<LevelStore> {
  try {
    const access = accessTo(options.database);
    const capabilities = capabilitiesFor(options, access);
    await access.database.open();
    await writeQueueOf(access.database).run(() => checkIn(access, capabilities));
    return { access, capabilities, close: () => Promise.resolve() };
  } catch (error) {
    throw toPandaError(error);
  }
}

/** Checks the marker, which lies under the empty key, the one that no engine key can be; an empty database is given one. */
async function checkIn(access: Access, { durability }: EngineCapabilities): Promise<void> {
  const { database, encodings } = access;
  const marker = await database.get(EMPTY, encodings);
  if (marker !== undefined) {
    checkMarker(marker, 'the empty key of the database');
    return;
  }
  if (await hasKeys(access)) {
    throw new PandaError('InvalidArgument', "The database is not empty, and not a store of Panda's");
  }
  const batch = database.batch();
  batch.put(EMPTY, MARKER, encodings);
  await batch.write({ sync: durability === 'synced' });
}

async function hasKeys({ database }: Access): Promise<boolean> {
  const keys = database.keys(boundsOf(EVERYTHING));
  try {
    return (await keys.nextv(1)).length > 0;
  } finally {
    await keys.close();
  }
}

function capabilitiesFor({ database, durability }: LevelDatabaseOptions, access: Access): EngineCapabilities {
  if (!access.permanent && durability !== undefined) {
    throw new PandaError('InvalidArgument', `A database that ends with the process is not '${durability}'`);
  }
  const usual = database instanceof ClassicLevel ? 'synced' : 'process-crash';
  return {
    durability: access.permanent ? (durability ?? usual) : 'none',
    batchBytesMax: BATCH_BYTES_MAX,
    estimateExact: !access.approximateSize,
    multiProcess: false,
  };
}
