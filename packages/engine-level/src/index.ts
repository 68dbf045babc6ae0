/**
 * Panda's storage engine over LevelDB (classic-level) and any other abstract-level database.
 */
export { level, plugin } from './plugin.js';
export type { LevelDatabase, LevelDatabaseOptions, LevelLocationOptions, LevelMemoryOptions, LevelOptions } from './options.js';
