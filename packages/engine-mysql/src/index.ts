/**
 * Panda's storage engine over MySQL and MariaDB.
 */
export { mysql, plugin } from './plugin.js';
export type { MysqlOptions, MysqlTlsOptions } from './options.js';
