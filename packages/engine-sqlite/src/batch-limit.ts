/** SQLite spills what a transaction changes to its log; this is far from what it could take. */
export const BATCH_BYTES_MAX = 64 * 1024 * 1024;
