/** A parameter may have 1 GiB; this is what a server and a client can be expected to hold a few times over. */
export const BATCH_BYTES_MAX = 64 * 1024 * 1024;
