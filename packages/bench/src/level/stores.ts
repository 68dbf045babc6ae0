import { openDatabase, type Database, type DatabaseConfig, type Mutation } from '@pandakv/core';
import { level } from '@pandakv/engine-level';
import { ClassicLevel } from 'classic-level';
import { join } from 'node:path';
import { keepInFlight } from '../measure/index.js';
import type { Keyspace } from '../data.js';

const MIB = 1024 * 1024;

/** LevelDB's own settings: the same on both sides. */
const CACHE_BYTES = 32 * MIB;
const WRITE_BUFFER_BYTES = 8 * MIB;

const LOAD_BATCH_KEYS = 500;
const LOADS_AT_ONCE = 4;

export type Raw = ClassicLevel<Uint8Array, Uint8Array>;

export const SYNC = Object.freeze({ sync: true });

/** LevelDB as one uses it without Panda: bytes in, bytes out, nothing encoded. */
export async function openRaw(folder: string, name = 'raw'): Promise<Raw> {
  const raw: Raw = new ClassicLevel(join(folder, name), {
    keyEncoding: 'view',
    valueEncoding: 'view',
    cacheSize: CACHE_BYTES,
    writeBufferSize: WRITE_BUFFER_BYTES,
  });
  await raw.open();
  return raw;
}

/** Panda over one LevelDB folder, with defaults unless the configuration says otherwise. */
export async function openPanda(folder: string, name = 'panda', config: Partial<DatabaseConfig> = {}): Promise<Database> {
  return await openDatabase({ shards: [pandaShard(folder, name)], ...config });
}

export function pandaShard(folder: string, id: string): DatabaseConfig['shards'][number] {
  const options = { location: join(folder, id), cacheBytes: CACHE_BYTES, writeBufferBytes: WRITE_BUFFER_BYTES };
  return { id, engine: level(options) };
}

/** Writes every key of the keyspace once, in order. */
export async function loadRaw(raw: Raw, keyspace: Keyspace): Promise<void> {
  await loadInBatches(keyspace, async (writes) => {
    await raw.batch(
      writes.map(({ key, value }) => ({ type: 'put', key, value })),
      SYNC,
    );
  });
}

/** The same through Panda. */
export async function loadPanda(panda: Database, keyspace: Keyspace): Promise<void> {
  await loadInBatches(keyspace, async (writes) => {
    await panda.write(writes.map(({ key, value }): Mutation => ({ type: 'set', key, value })));
  });
}

type Write = ReturnType<Keyspace['nextWrite']>;

async function loadInBatches(keyspace: Keyspace, write: (writes: Write[]) => Promise<void>): Promise<void> {
  let left = keyspace.keys.length;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      const count = Math.min(left, LOAD_BATCH_KEYS);
      left -= count;
      await write(Array.from({ length: count }, () => keyspace.nextWrite()));
    }
  };
  await Promise.all(Array.from({ length: LOADS_AT_ONCE }, lane));
}

/** Runs a side without measuring, until its code is compiled and its caches are filled. */
export async function warmUp(atOnce: number, forMs: number, ...sides: ((number: number) => Promise<unknown>)[]): Promise<void> {
  for (const side of sides) await keepInFlight(atOnce, forMs, side);
}
