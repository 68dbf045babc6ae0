/** LevelDB builds a batch in memory and logs it as one record; this is far from what it could take. */
export const BATCH_BYTES_MAX = 64 * 1024 * 1024;
