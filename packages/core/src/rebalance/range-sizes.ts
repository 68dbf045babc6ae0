import type { RangeDescriptor } from '../catalog/index.js';
import type { RangeTransfer } from '../shard/index.js';

/** How much lies in a range: rows of all its versions, and their bytes. */
export interface SizedRange {
  readonly range: RangeDescriptor;
  readonly rows: number;
  readonly bytes: number;
}

/** About how much lies in each range, by the estimates of the engines; one range of a shard after the other. */
export async function rangeSizes(
  ranges: readonly RangeDescriptor[],
  transfer: (shard: string) => RangeTransfer,
): Promise<SizedRange[]> {
  const sized = new Array<SizedRange>(ranges.length);
  const byShard = new Map<string, number[]>();
  for (const [at, { shard }] of ranges.entries()) {
    const places = byShard.get(shard);
    if (places === undefined) byShard.set(shard, [at]);
    else places.push(at);
  }
  const ofShard = async (shard: string, places: readonly number[]): Promise<void> => {
    for (const at of places) {
      const range = ranges[at]!;
      const { keys, bytes } = await transfer(shard).estimate(range);
      sized[at] = { range, rows: keys, bytes };
    }
  };
  await Promise.all([...byShard].map(([shard, places]) => ofShard(shard, places)));
  return sized;
}
