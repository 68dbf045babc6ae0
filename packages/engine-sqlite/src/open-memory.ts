import Database from 'better-sqlite3';
import { BATCH_BYTES_MAX } from './batch-limit.js';
import type { SqliteStore } from './sqlite-engine.js';
import { CREATE_TABLE, PAGE_BYTES } from './store-format.js';
import { Table } from './table.js';

/** A new, empty store in memory. */
export function openMemory(): SqliteStore {
  const database = new Database(':memory:');
  database.pragma(`page_size = ${PAGE_BYTES}`);
  database.exec(CREATE_TABLE);
  return {
    table: new Table(database),
    capabilities: { durability: 'none', batchBytesMax: BATCH_BYTES_MAX, estimateExact: true, multiProcess: false },
    close: () => void database.close(),
  };
}
