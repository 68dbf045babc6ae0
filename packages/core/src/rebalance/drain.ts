import type { Router } from '../catalog/index.js';
import { PandaError } from '../errors/index.js';

/** Which shard each range of a shard is to go to: whichever has the fewest ranges then. */
export function planDrain(router: Router, shard: string, takers: readonly string[]): { range: string; to: string }[] {
  const counts = new Map(takers.map((taker) => [taker, 0]));
  const leaving: string[] = [];
  for (const range of router.ranges) {
    if (range.shard === shard) leaving.push(range.id);
    else if (counts.has(range.shard)) counts.set(range.shard, counts.get(range.shard)! + 1);
  }
  if (leaving.length > 0 && takers.length === 0) {
    throw new PandaError('InvalidArgument', `No other shard takes the ranges of '${shard}'`, { shard });
  }
  return leaving.map((range) => {
    const [to] = [...counts].reduce((least, each) => (each[1] < least[1] ? each : least));
    counts.set(to, counts.get(to)! + 1);
    return { range, to };
  });
}
