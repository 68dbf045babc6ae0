import { PandaError } from '../errors/index.js';

export interface ScanOptions {
  /** From the end of the range to its start. */
  readonly reverse?: boolean | undefined;
  /** The most entries to yield, at least 1. */
  readonly limit?: number | undefined;
}

/** A user's options, checked and complete. */
export function checkScanOptions(options: ScanOptions): { reverse: boolean; limit: number } {
  const limit = options.limit ?? Infinity;
  if (limit !== Infinity && (!Number.isSafeInteger(limit) || limit < 1)) {
    throw new PandaError('InvalidArgument', 'The limit of a scan must be a whole number of at least 1');
  }
  return { reverse: options.reverse === true, limit };
}
