/**
 * Panda's storage engine over SQLite (better-sqlite3).
 */
export { plugin, sqlite } from './plugin.js';
export type { SqliteFileOptions, SqliteMemoryOptions, SqliteOptions } from './options.js';
