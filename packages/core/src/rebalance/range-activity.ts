import type { RangeTransfer } from '../shard/index.js';
import { RequestsBySpan, sampleOf } from './load-sample.js';
import type { SizedRange } from './range-sizes.js';

/** A range, how much lies in it, and what goes on there as far as this process knows. */
export interface ActiveRange extends SizedRange {
  /** Requests a second in the last minute, from a sample. */
  readonly load: number;
  /** Groups of the journal that its copy on another shard is behind; undefined where none is made. */
  readonly lag: number | undefined;
}

/** @param sizes in key order */
export async function withActivity(
  sizes: readonly SizedRange[],
  shards: Iterable<string>,
  transfer: (shard: string) => RangeTransfer,
  lags: ReadonlyMap<string, number>,
): Promise<ActiveRange[]> {
  const requests = new RequestsBySpan(await sampleOf(shards, transfer));
  return sizes.map((sized) => {
    const load = requests.next(sized.range).reduce((sum, request) => sum + request.load, 0);
    return { ...sized, load, lag: lags.get(sized.range.id) };
  });
}
