import type { MoveRecord, Router } from '../catalog/index.js';
import type { Key } from '../keys/index.js';
import type { RangeTransfer, SpanSlice } from '../shard/index.js';
import type { BalanceInput, BalanceRange, BalanceShard, BalanceSlice, KeyLoad } from './balance-input.js';
import type { BalancePolicy } from './balance-policy.js';
import { RequestsBySpan, sampleOf, type SampledRequest } from './load-sample.js';
import { rangeSizes, type SizedRange } from './range-sizes.js';

/** Ranges are looked at in slices of about this part of what a shard has in the mean. */
const SLICES = 64;
/** A shard with less is read to know what lies where: the estimates of engines are too rough there. */
const EXACT_BYTES_MAX = 64 * 1024 * 1024;
/** A key with this part of all requests is one that many name. */
const KEY_SHARE_MIN = 0.02;

export interface SurveyParts {
  readonly router: Router;
  readonly transfer: (shard: string) => RangeTransfer;
}

export interface SurveyedDatabase {
  readonly shards: readonly BalanceShard[];
  /** Moves that have not ended, those of a migration too. */
  readonly moves: readonly MoveRecord[];
}

/** Finds out how much lies where, where ranges can be divided, and what is asked for. */
export async function survey(
  { router, transfer }: SurveyParts,
  { shards, moves }: SurveyedDatabase,
  policy: BalancePolicy,
): Promise<BalanceInput> {
  const sizes = await rangeSizes(router.ranges, transfer);
  const takers = Math.max(1, shards.filter(({ isDraining }) => !isDraining).length);
  const mean = sizes.reduce((sum, { bytes }) => sum + bytes, 0) / takers;
  const sliceBytes = Math.max(1, mean / SLICES, policy.bytesMin / SLICES);
  const isMoving = new Set(moves.map(({ range }) => range));
  const requests = await sampleOf(
    shards.map(({ id }) => id),
    transfer,
  );
  const perSecond = requests.reduce((sum, { load }) => sum + load, 0);
  const loadMax = Math.max(policy.loadMin, perSecond / takers) / SLICES;
  const ranges = new Array<BalanceRange>(sizes.length);
  const ofShard = async (shard: string): Promise<void> => {
    const own = [...sizes.entries()].filter(([, { range }]) => range.shard === shard);
    const isExact = own.reduce((sum, [, { bytes }]) => sum + bytes, 0) <= EXACT_BYTES_MAX;
    const asked = new RequestsBySpan(requests);
    for (const [index, sized] of own) {
      const { id, start, end } = sized.range;
      const slices = await slicesOf(transfer(shard), sized, sliceBytes, isExact);
      const parts = withLoad(slices, asked.next(sized.range), loadMax);
      ranges[index] = { id, start, end, shard, isFixed: isMoving.has(id), slices: parts };
    }
  };
  await Promise.all(shards.map(({ id }) => ofShard(id)));
  return { shards, ranges, keys: keysOf(requests, perSecond, router), policy };
}

async function slicesOf(transfer: RangeTransfer, sized: SizedRange, sliceBytes: number, isExact: boolean): Promise<SpanSlice[]> {
  const { range: span, rows, bytes } = sized;
  if (!isExact && bytes <= sliceBytes) return [{ start: span.start, rows, bytes }];
  return await transfer.slices({ span, sliceBytes, isExact });
}

/**
 * Divides slices further where they are asked for much, so that no part has more load than that but those of one key alone.
 *
 * @param requests what was asked for of them, by key
 */
export function withLoad(slices: readonly SpanSlice[], requests: readonly SampledRequest[], loadMax: number): BalanceSlice[] {
  const asked = new RequestsBySpan(requests);
  return slices.flatMap(({ start, bytes }, index) => {
    const parts = partsOf(start, asked.next({ start, end: slices[index + 1]?.start }), loadMax);
    // How much lies in each is not known; a slice is small.
    return parts.map((part) => ({ ...part, bytes: bytes / parts.length }));
  });
}

function partsOf(start: Key, requests: readonly SampledRequest[], loadMax: number): { start: Key; load: number }[] {
  const parts = [{ start, load: 0 }];
  for (let at = 0; at < requests.length;) {
    const { key } = requests[at]!;
    let load = 0;
    for (; requests[at]?.key === key; at++) load += requests[at]!.load;
    const last = parts.at(-1)!;
    if (last.load > 0 && last.load + load > loadMax && key > last.start) parts.push({ start: key, load });
    else last.load += load;
  }
  return parts;
}

/** The keys that many requests name. */
function keysOf(requests: readonly SampledRequest[], perSecond: number, router: Router): KeyLoad[] {
  const loads = new Map<Key, number>();
  for (const { key, load } of requests) loads.set(key, (loads.get(key) ?? 0) + load);
  const hot = [...loads].filter(([, load]) => load >= KEY_SHARE_MIN * perSecond);
  return hot.map(([key, load]) => ({ key, load, shard: router.find(key).range.shard }));
}
