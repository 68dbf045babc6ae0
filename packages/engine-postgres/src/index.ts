/**
 * Panda's storage engine over PostgreSQL.
 */
export { plugin, postgres } from './plugin.js';
export type { PostgresHostOptions, PostgresOptions, PostgresTlsOptions, PostgresUrlOptions } from './options.js';
