/**
 * A contiguous piece `[start, end)` of an engine's keys in unsigned lexicographic byte order. A missing `end` means to the
 * end of the keyspace; an empty `start` means from its beginning.
 */
export interface KeyRange {
  readonly start: Uint8Array;
  readonly end?: Uint8Array | undefined;
}
