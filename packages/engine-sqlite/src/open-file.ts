import Database from 'better-sqlite3';
import { PandaError, type EngineCapabilities } from '@pandakv/core/engine';
import { open, mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BATCH_BYTES_MAX } from './batch-limit.js';
import { isBusy, toOpenError } from './error-map.js';
import type { SqliteFileOptions } from './options.js';
import type { SqliteStore } from './sqlite-engine.js';
import { checkFile, holdFile } from './store-file.js';
import { APPLICATION_ID, checkMarker, CREATE_TABLE, FORMAT, PAGE_BYTES } from './store-format.js';
import { Table } from './table.js';

const BUSY_TIMEOUT_MS = 1_000;
const BUSY_RETRY_MS = 10;

const CAPABILITIES: EngineCapabilities = Object.freeze({
  durability: 'synced',
  batchBytesMax: BATCH_BYTES_MAX,
  estimateExact: true,
  multiProcess: true,
});

/** The log is cut to this size when it starts anew, so that one large batch does not keep it large. */
const LOG_BYTES_KEPT = 16 * 1024 * 1024;

/** Opens the store in a file, creating it where nothing is. */
export async function openFile({ file, busyTimeoutMs = BUSY_TIMEOUT_MS }: SqliteFileOptions): Promise<SqliteStore> {
  const path = resolve(file);
  try {
    await makeFolder(dirname(path));
    const { database, release } = openDatabase(path, busyTimeoutMs);
    try {
      await prepare(database, path, busyTimeoutMs);
      return { table: new Table(database), capabilities: CAPABILITIES, close: release };
    } catch (error) {
      release();
      throw error;
    }
  } catch (error) {
    throw toOpenError(error, path);
  }
}

/** In one turn: {@link checkFile} may only look at a file that nobody here has open. */
function openDatabase(path: string, busyTimeoutMs: number): { database: Database.Database; release: () => void } {
  checkFile(path);
  const database = new Database(path, { timeout: busyTimeoutMs });
  const forget = holdFile(path);
  return {
    database,
    release: () => {
      database.close();
      forget();
    },
  };
}

async function prepare(database: Database.Database, path: string, busyTimeoutMs: number): Promise<void> {
  create(database, path);
  await useLog(database, path, busyTimeoutMs);
  database.pragma('synchronous = FULL');
  // Where a plain sync leaves the disk's own cache (macOS), this goes through it.
  database.pragma('fullfsync = ON');
  database.pragma('checkpoint_fullfsync = ON');
  database.pragma(`journal_size_limit = ${LOG_BYTES_KEPT}`);
}

/**
 * Makes an empty database a store, in one transaction that still goes through a rollback journal: whatever moment it ends at,
 * SQLite makes the file empty or a store at the next opening.
 */
function create(database: Database.Database, path: string): void {
  if (isEmpty(database)) {
    database.pragma(`page_size = ${PAGE_BYTES}`);
    database.transaction(() => createIfEmpty(database)).immediate();
  }
  checkMarker(markerOf(database, 'application_id'), markerOf(database, 'user_version'), path);
}

function createIfEmpty(database: Database.Database): void {
  if (!isEmpty(database)) return;
  database.exec(CREATE_TABLE);
  database.pragma(`application_id = ${APPLICATION_ID}`);
  database.pragma(`user_version = ${FORMAT}`);
}

function isEmpty(database: Database.Database): boolean {
  return markerOf(database, 'application_id') === 0 && markerOf(database, 'schema_version') === 0;
}

function markerOf(database: Database.Database, name: 'application_id' | 'user_version' | 'schema_version'): number {
  return database.pragma(name, { simple: true }) as number;
}

/** From a rollback journal to a write-ahead log. For that SQLite must be alone for a moment, and does not wait for it. */
async function useLog(database: Database.Database, path: string, busyTimeoutMs: number): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += BUSY_RETRY_MS) {
    try {
      if (database.pragma('journal_mode = WAL', { simple: true }) === 'wal') return;
      throw new PandaError('ShardUnavailable', `SQLite cannot keep a write-ahead log on this file system: ${path}`);
    } catch (error) {
      if (!isBusy(error) || waitedMs >= busyTimeoutMs) throw error;
    }
    await sleep(BUSY_RETRY_MS);
  }
}

/** Makes the folder, with its parents, where nothing is. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
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
